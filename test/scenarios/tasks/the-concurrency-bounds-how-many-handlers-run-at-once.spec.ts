import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const load = defineTask({ name: 'load', queue: 'loads', input: 'int' });
const gate = Promise.withResolvers<null>();
let running = 0;
let most = 0;

@Injectable()
class Loads {
  @Handles(load)
  async load(): Promise<null> {
    most = Math.max(most, ++running);
    await gate.promise;
    await new Promise((resume) => setImmediate(resume));
    running--;
    return null;
  }
}

test('as many handlers as the concurrency says run at once, and never one more', async () => {
  await using app = await startTestApp({ contracts: [load], handlers: [Loads], consume: { concurrency: 3 } });

  const handles = await app.tasks.enqueueMany(
    load,
    Array.from({ length: 30 }, (_, number) => number),
  );
  // All thirty have been fetched: three of them run, the others wait for a place.
  const health = () => app.transport.health()[0]!;
  await until(() => health().running + health().waiting === 30, { what: 'all tasks are here' });
  expect(health()).toMatchObject({ running: 3, waiting: 27 });
  gate.resolve(null);
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  expect(most).toBe(3);
});
