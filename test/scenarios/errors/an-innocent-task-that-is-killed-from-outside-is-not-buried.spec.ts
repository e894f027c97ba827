import { expect, test } from '@jest/globals';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { deed } from '../fixtures/deadly.mjs';
import { Mortals } from '../fixtures/mortals.js';

test('an innocent task whose process is killed from outside, again and again, is not buried', async () => {
  const cluster = testCluster();
  await using caller = await startTestApp({ cluster, contracts: [deed] });
  const handles = await caller.tasks.enqueueMany(deed, Array.from({ length: 12 }, (_, n) => ({ name: `innocent ${n}`, ms: 2_000 }))); // prettier-ignore

  await using mortals = new Mortals({ cluster, consume: { concurrency: 6 } });
  // The first kill finds it running, the second too, the third even alone. The fourth hits when it does not run: so it was not its doing.
  for (const [kill, when] of (['began', 'began', 'began', 'condemned'] as const).entries()) {
    const before = mortals.said.length;
    await until(() => mortals.said.slice(before).some((said) => said[when] !== undefined), { what: `process ${kill} says ${when}`, timeoutMs: 40_000 }); // prettier-ignore
    mortals.kill();
    await until(() => mortals.ends.length === kill + 1, { what: 'it is gone' });
  }

  const results = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 90_000 })));
  expect(results).toHaveLength(12);
  expect(await caller.buried()).toEqual([]);
}, 240_000);
