import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const count = defineTask({ name: 'count', queue: 'words', input: 'string', output: 'int' });

@Injectable()
class Counter {
  @Handles(count)
  count(text: PayloadOf<typeof count>): number {
    return text.split(' ').length;
  }
}

test('a result is found by a process that starts afterwards and knows only the id', async () => {
  const shared = { cluster: testCluster(), contracts: [count] };
  await using worker = await startTestApp({ ...shared, handlers: [Counter] });
  const sent = await worker.tasks.enqueue(count, 'one two three');
  await sent.result({ timeoutMs: 20_000 });

  await using other = await startTestApp(shared);

  const found = other.tasks.handle(count, sent.id);
  expect(await found.lookup()).toMatchObject({ id: sent.id, contract: 'count', status: 'succeeded', output: 3 });
  expect(await found.result({ timeoutMs: 20_000 })).toBe(3);
  expect(await other.tasks.handle(count, '01890000-0000-7000-8000-000000000000').lookup()).toBeUndefined();
});
