import { expect, test } from '@jest/globals';
import { collect, startTestApp } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay, rests } from '../fixtures/bank.js';

test('a queue whose tasks all fail is paused after a few of them, and the others stay on the queue', async () => {
  const consume = { concurrency: 5, breaker: HASTY };
  await using app = await startTestApp({ contracts: [pay], handlers: [Bank], consume });
  const paused = collect(app.events, 'queue.paused');

  await app.tasks.enqueueMany(pay, numbers(500));
  await rests(app);

  expect(paused).toEqual([expect.objectContaining({ queue: 'payments', state: 'open', reason: '10 of 10 attempts failed within 60 s' })]); // prettier-ignore
  expect(paused[0]!.untilMs! - paused[0]!.atMs).toBe(60_000);
  expect(bank.asked).toBeLessThanOrEqual(10 + 5); // and what ran when it tripped
  expect(await app.buried('payments')).toHaveLength(bank.asked); // all of it settled
  const { isOwn, ...pause } = paused[0]!;
  expect(isOwn).toBe(true);
  expect(app.transport.health()[0]).toMatchObject({ isMember: true, paused: pause });
  const [row] = await app.admin.overview();
  expect(row).toMatchObject({ buried: bank.asked, paused: [pause], groups: [{ state: 'Stable' }] });
  expect(row!.groups[0]!.lag).toBeGreaterThanOrEqual(500 - bank.asked);
});
