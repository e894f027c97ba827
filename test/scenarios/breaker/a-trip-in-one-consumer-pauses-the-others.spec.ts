import { expect, test } from '@jest/globals';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay, rests } from '../fixtures/bank.js';

test('when the breaker of one consumer trips, nothing begins at the other ones either', async () => {
  const shared = { cluster: testCluster(), contracts: [pay], handlers: [Bank] };
  const patient = { ...HASTY, minAttempts: 1_000_000 };
  await using one = await startTestApp({ ...shared, consume: { breaker: HASTY } });
  await using other = await startTestApp({ ...shared, consume: { breaker: patient } });
  const [tripped, told] = [one, other].map(({ events }) => collect(events, 'queue.paused'));
  const owns = () => [one, other].every(({ transport }) => transport.health()[0]!.assigned === 1);
  await until(owns, { what: 'each consumer has a partition' });
  const round = () => one.tasks.enqueueMany(pay, numbers(50));
  await until(async () => (await round(), tripped!.length > 0), { what: 'one has tripped' });
  await until(() => told!.length > 0, { what: 'the other has heard' });
  expect(told).toEqual(tripped!.map((pause) => ({ ...pause, isOwn: false })));
  await until(() => [one, other].every(({ transport }) => transport.health()[0]!.running === 0), { what: 'all rests' });

  const before = bank.asked;
  await round();
  await Promise.all([rests(one), rests(other)]);

  expect(bank.asked).toBe(before);
});
