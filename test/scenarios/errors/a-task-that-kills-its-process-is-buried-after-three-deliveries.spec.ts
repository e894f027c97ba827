import { expect, test } from '@jest/globals';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { deed } from '../fixtures/deadly.mjs';
import { Mortals } from '../fixtures/mortals.js';

test('a task that kills its process is buried after three deliveries, with all it had, and says so in its result', async () => {
  const cluster = testCluster();
  await using caller = await startTestApp({ cluster, contracts: [deed] });
  const bad = await caller.tasks.enqueue(deed, { name: 'bad', does: 'kill', key: 'a key' });
  const good = await caller.tasks.enqueue(deed, { name: 'good', key: 'a key' });

  await using mortals = new Mortals({ cluster });

  await expect(bad.result({ timeoutMs: 90_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  expect(await good.result({ timeoutMs: 20_000 })).toBe('good'); // the one behind it in its lane
  expect([mortals.begun('bad'), mortals.begun('good'), mortals.ends]).toEqual([
    3,
    1,
    ['SIGKILL', 'SIGKILL', 'SIGKILL'],
  ]);

  const [buried] = await until(async () => (await caller.buried()).slice(0, 1), { what: 'it is in the DLQ' });
  expect(buried!.row).toMatchObject({ id: bad.id, key: 'a key', error: { code: 'DELIVERIES_EXCEEDED' } });
  const history = JSON.parse(headerText(buried!.record.headers, HEADER.history)!) as { message: string }[];
  expect(history.map(({ message }) => message).join()).toContain('3 processes that ran it ended before it did');
  expect(await bad.lookup()).toMatchObject({ status: 'buried', error: { code: 'DELIVERIES_EXCEEDED' } });
}, 150_000);
