import { expect, test } from '@jest/globals';
import { startTestApp, testCluster } from '@sunbeon/testing';
import { deed } from '../fixtures/deadly.mjs';
import { Mortals } from '../fixtures/mortals.js';

test('a task that takes all memory of its process is buried, and those beside it are done', async () => {
  const cluster = testCluster();
  await using caller = await startTestApp({ cluster, contracts: [deed] });
  const beside = await caller.tasks.enqueueMany(deed, Array.from({ length: 8 }, (_, n) => ({ name: `beside ${n}`, ms: 3_000 }))); // prettier-ignore
  const bad = await caller.tasks.enqueue(deed, { name: 'bad', does: 'exhaust', ms: 500 });

  await using mortals = new Mortals({ cluster, maxHeapMb: 128 });

  await expect(bad.result({ timeoutMs: 120_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  await Promise.all(beside.map((handle) => handle.result({ timeoutMs: 120_000 })));
  expect(mortals.begun('bad')).toBe(3);
  expect(await caller.buried()).toHaveLength(1);
}, 300_000);
