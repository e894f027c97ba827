import { expect, test } from '@jest/globals';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { deed } from '../fixtures/deadly.mjs';
import { Mortals } from '../fixtures/mortals.js';

test('a task that kills its process costs the others nothing but a repetition: all are done, in order per key', async () => {
  const cluster = testCluster();
  await using caller = await startTestApp({ cluster, contracts: [deed] });
  const names = Array.from({ length: 60 }, (_, n) => `k${n % 6} ${Math.floor(n / 6)}`);
  const deeds = names.map((name) => ({ name, key: name.slice(0, 2), does: 'nothing', ms: 200 }));
  const handles = await caller.tasks.enqueueMany(deed, deeds.toSpliced(30, 0, { name: 'bad', key: 'k0', does: 'kill', ms: 50 })); // prettier-ignore
  const [bad] = handles.splice(30, 1);

  await using mortals = new Mortals({ cluster, consume: { concurrency: 10 } });

  const results = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 100_000 })));
  expect(results).toEqual(names);
  await until(async () => (await bad!.lookup())?.status === 'buried', { what: 'the bad one is buried' });
  expect(await caller.buried()).toHaveLength(1);
  expect(mortals.begun('bad')).toBe(3);
  for (const key of ['k0', 'k1', 'k2', 'k3', 'k4', 'k5']) {
    const ended = mortals.said.flatMap(({ ended: name }) => (name?.startsWith(key) ? [name] : []));
    const first = ended.filter((name, i) => ended.indexOf(name) === i);
    expect(first).toEqual(names.filter((name) => name.startsWith(key)));
  }
}, 180_000);
