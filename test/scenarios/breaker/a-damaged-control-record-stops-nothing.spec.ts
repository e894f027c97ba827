import { expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';
import { Bank, bank, HASTY, numbers, pay } from '../fixtures/bank.js';

test('records on the control topic that make no sense are said and hold nothing, before the start and after it', async () => {
  bank.isOpen = true;
  const shared = { cluster: testCluster(), contracts: [pay] };
  const topic = `${shared.cluster.prefix}sunbeon.control`;
  await using caller = await startTestApp({ ...shared, handlers: [] });
  const producer = await caller.road.producer();
  const values = [Buffer.from('{'), Buffer.from('{"state":"open"}'), randomBytes(64), null];
  const damage = () =>
    producer.send(
      ['queue/payments', 'queue/payments/person', 'nobody/knows'].flatMap((key) =>
        values.map((value) => ({ topic, partition: 0, key, value, headers: {} })),
      ),
    );
  await damage();

  await using app = await startTestApp({ ...shared, handlers: [Bank], consume: { breaker: HASTY } });
  const failures = collect(app.events, 'control.failed');
  await caller.tasks.enqueueMany(pay, numbers(20));
  await until(() => bank.asked === 20, { what: 'the tasks are run' });
  await damage();
  await until(() => failures.length === 6, { what: 'the damage is said' });
  await caller.tasks.enqueueMany(pay, numbers(20));
  await until(() => bank.asked === 40, { what: 'more tasks are run' });

  expect(failures).toEqual(Array(6).fill(expect.objectContaining({ topic, error: expect.objectContaining({ code: 'RECORD_UNREADABLE' }) }))); // prettier-ignore
  expect((await app.admin.overview())[0]!.paused).toEqual([]);
  await producer.disconnect();
});
