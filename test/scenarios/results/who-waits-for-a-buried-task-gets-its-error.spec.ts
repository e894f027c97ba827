import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

const fly = defineTask({ name: 'fly', queue: 'planes', input: 'string', retry: { delaysMs: [300] } });

@Injectable()
class Plane {
  @Handles(fly)
  fly(): null {
    throw new TypeError('no wings');
  }
}

test('who waits for a buried task gets its last error; meanwhile a lookup says that it is retried', async () => {
  const shared = { cluster: testCluster(), contracts: [fly] };
  await using _worker = await startTestApp({ ...shared, handlers: [Plane] });
  await using caller = await startTestApp(shared);

  const handle = await caller.tasks.enqueue(fly, 'Seoul');
  const meanwhile = await until(() => handle.lookup(), { what: 'the first attempt is known' });
  expect(meanwhile).toMatchObject({ status: 'retrying', attempt: 1, error: { message: 'no wings' } });

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({
    code: 'TASK_BURIED',
    message: expect.stringMatching(/task "fly" .* was buried after attempt 2: TypeError: no wings/),
    facts: { id: handle.id, attempt: 2, error: { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no wings' } },
  });
});
