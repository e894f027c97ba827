import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import type { PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { ChildApp } from '../fixtures/child-app.js';
import { nap } from '../fixtures/nap.mjs';

@Injectable()
class Sleeper {
  @Handles(nap)
  nap(who: PayloadOf<typeof nap>): string {
    return `${who} slept`;
  }
}

test('the tasks that a killed consumer had begun are run by another, and none is lost', async () => {
  const shared = { cluster: testCluster(), contracts: [nap], partitions: 1 };
  await using caller = await startTestApp(shared);
  await using child = new ChildApp('sleep', shared.cluster);
  const sleepers = Array.from({ length: 20 }, (_, number) => `sleeper ${number}`);

  const handles = await caller.tasks.enqueueMany(nap, sleepers);
  await until(() => child.said.length === sleepers.length, { what: 'the child has begun them all' });
  await child.kill();
  await using _other = await startTestApp({ ...shared, handlers: [Sleeper] });

  const results = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(results).toEqual(sleepers.map((who) => `${who} slept`));
});
