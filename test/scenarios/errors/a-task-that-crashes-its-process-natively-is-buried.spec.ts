import { expect, test } from '@jest/globals';
import { startTestApp, testCluster } from '@sunbeon/testing';
import { deed } from '../fixtures/deadly.mjs';
import { Mortals } from '../fixtures/mortals.js';

test('a task that crashes its process natively is buried, and its queue goes on', async () => {
  const cluster = testCluster();
  await using caller = await startTestApp({ cluster, contracts: [deed] });
  const bad = await caller.tasks.enqueue(deed, { name: 'bad', does: 'crash' });

  await using mortals = new Mortals({ cluster, consume: { maxDeliveries: 2 } });

  await expect(bad.result({ timeoutMs: 90_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  const next = await caller.tasks.enqueue(deed, { name: 'next' });
  expect(await next.result({ timeoutMs: 20_000 })).toBe('next');
  expect([mortals.begun('bad'), mortals.ends]).toEqual([2, ['SIGABRT', 'SIGABRT']]);
}, 150_000);
