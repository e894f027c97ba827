import { expect, test } from '@jest/globals';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay } from '../fixtures/bank.js';

test('after the pause a few tasks are let through, and when they succeed all consumers go on', async () => {
  const consume = { concurrency: 5, breaker: { ...HASTY, pauseMs: 1_000 } };
  const shared = { cluster: testCluster(), contracts: [pay], handlers: [Bank], consume };
  await using one = await startTestApp(shared);
  await using other = await startTestApp(shared);
  const heard = [one, other].map(({ events }) => ({
    paused: collect(events, 'queue.paused'),
    resumed: collect(events, 'queue.resumed'),
  }));
  await one.tasks.enqueueMany(pay, numbers(200));
  await until(() => heard.every(({ paused }) => paused.length > 0), { what: 'the queue is paused' });
  bank.isOpen = true;

  await until(() => heard.every(({ resumed }) => resumed.length > 0), { what: 'the queue goes on' });
  await until(() => bank.asked >= 200, { what: 'all tasks have been run' });

  for (const { paused, resumed } of heard) {
    expect(paused.map(({ state }) => state)).toEqual(['open', 'half-open']);
    expect(resumed).toMatchObject([{ queue: 'payments', reason: '2 probes succeeded', by: paused[1]!.by }]);
  }
  expect((await one.admin.overview())[0]!.paused).toEqual([]);
  expect(bank.asked).toBe(200);
});
