import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const greet = defineTask({ name: 'greet', queue: 'greetings', input: 'string', output: 'string' });

@Injectable()
class Greeter {
  @Handles(greet)
  greet(name: PayloadOf<typeof greet>): string {
    return `Hello, ${name}`;
  }
}

test('tasks that were sent before the first consumer ever ran wait for it', async () => {
  const shared = { cluster: testCluster(), contracts: [greet] };
  await using caller = await startTestApp(shared);
  const handles = await caller.tasks.enqueueMany(greet, ['Ada', 'Grace', 'Edsger']);
  expect(await handles[0]!.lookup()).toBeUndefined();

  await using _worker = await startTestApp({ ...shared, handlers: [Greeter] });

  const greetings = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(greetings).toEqual(['Hello, Ada', 'Hello, Grace', 'Hello, Edsger']);
});
