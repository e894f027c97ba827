import { expect, test } from '@jest/globals';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay, rests } from '../fixtures/bank.js';

test('a queue that is paused stays so when all its consumers have stopped and another one starts', async () => {
  const shared = { cluster: testCluster(), contracts: [pay], handlers: [Bank], consume: { breaker: HASTY } };
  await using caller = await startTestApp({ ...shared, handlers: [] });
  await using first = await startTestApp(shared);
  const paused = collect(first.events, 'queue.paused');
  await caller.tasks.enqueueMany(pay, numbers(500));
  await rests(first);
  const stateOf = async () => (await caller.admin.overview())[0]!.paused;
  await until(async () => (await stateOf()).length === 1, { what: 'the pause is on the control topic' });
  await first.stop();
  const before = bank.asked;

  await using second = await startTestApp(shared);
  await rests(second);

  const { isOwn, ...pause } = paused[0]!;
  expect(isOwn).toBe(true);
  expect(second.transport.health()[0]!.paused).toEqual(pause);
  expect(await stateOf()).toEqual([pause]);
  expect(bank.asked).toBe(before);
});
