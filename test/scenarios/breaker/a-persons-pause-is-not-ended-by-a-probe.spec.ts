import { expect, test } from '@jest/globals';
import { systemClock } from '@sunbeon/kafka';
import { collect, startTestApp, until } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay, rests } from '../fixtures/bank.js';

test('a queue that a person has paused waits for a person, whatever its breaker says', async () => {
  const consume = { concurrency: 5, breaker: { ...HASTY, pauseMs: 500 } };
  await using app = await startTestApp({ contracts: [pay], handlers: [Bank], consume });
  const [paused, resumed] = [collect(app.events, 'queue.paused'), collect(app.events, 'queue.resumed')];
  await app.admin.pause('payments', { by: 'ana', reason: 'the bank moves' });
  await until(() => paused.length === 1, { what: 'the pause has arrived' });
  await app.tasks.enqueueMany(pay, numbers(50));
  await rests(app);
  expect(bank.asked).toBe(0);
  await app.admin.resume('payments', { by: 'ana', reason: 'it has moved' });
  await until(() => paused.some(({ state }) => state === 'open'), { what: 'the breaker has tripped' });

  await app.admin.pause('payments', { by: 'ana', reason: 'too many fail' });
  await until(() => paused.at(-1)!.state === 'paused', { what: 'the second pause has arrived' });
  bank.isOpen = true;
  const { untilMs } = paused.findLast(({ state }) => state === 'open')!;
  await until(() => systemClock.now() > untilMs! + 1_000, { what: 'the time for probes has come' });
  await rests(app);
  const before = bank.asked;
  expect(before).toBeLessThan(50);

  await app.admin.resume('payments', { by: 'ben', reason: 'all is well' });
  await until(() => bank.asked >= 50, { what: 'all tasks have been run' });
  expect(resumed.at(-1)).toMatchObject({ queue: 'payments', by: 'ben', reason: 'all is well' });
  expect(paused[0]).toMatchObject({ state: 'paused', by: 'ana', reason: 'the bank moves' });
});
