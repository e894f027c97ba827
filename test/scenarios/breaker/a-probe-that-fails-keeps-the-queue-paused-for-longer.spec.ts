import { expect, test } from '@jest/globals';
import { collect, startTestApp, until } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay } from '../fixtures/bank.js';

test('each probe that fails doubles the pause, up to the longest one, and costs no more tasks than the probes', async () => {
  const consume = { concurrency: 5, breaker: { ...HASTY, pauseMs: 500, maxPauseMs: 1_500 } };
  await using app = await startTestApp({ contracts: [pay], handlers: [Bank], consume });
  const paused = collect(app.events, 'queue.paused');
  await app.tasks.enqueueMany(pay, numbers(200));
  const opened = () => paused.filter(({ state }) => state === 'open');

  await until(() => opened().length === 1, { what: 'the queue is paused' });
  await until(() => app.transport.health()[0]!.running === 0, { what: 'what ran has ended' });
  const before = bank.asked;
  await until(() => opened().length === 4, { what: 'it was paused three times more' });

  expect(opened().map(({ atMs, untilMs }) => untilMs! - atMs)).toEqual([500, 1_000, 1_500, 1_500]);
  expect(opened().slice(1).map(({ reason }) => reason)).toEqual(Array(3).fill('a probe failed')); // prettier-ignore
  for (const [index, { atMs }] of opened().slice(1).entries())
    expect(atMs).toBeGreaterThanOrEqual(opened()[index]!.untilMs!); // never probed early
  expect(bank.asked - before).toBeLessThanOrEqual(3 * HASTY.probes);
});
