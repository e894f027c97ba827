import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const hail = defineTask({ name: 'hail', queue: 'greetings', input: 'string', output: 'string' });

@Injectable()
class Greeter {
  @Handles(hail)
  hail(name: PayloadOf<typeof hail>): string {
    return `Hello, ${name}`;
  }
}

test('tasks that were sent before the first consumer ever ran wait for it', async () => {
  const shared = { cluster: testCluster(), contracts: [hail] };
  await using caller = await startTestApp(shared);
  const handles = await caller.tasks.enqueueMany(hail, ['Ada', 'Grace', 'Edsger']);
  expect(await handles[0]!.lookup()).toBeUndefined();

  await using _worker = await startTestApp({ ...shared, handlers: [Greeter] });

  const greetings = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(greetings).toEqual(['Hello, Ada', 'Hello, Grace', 'Hello, Edsger']);
});
