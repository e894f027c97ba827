import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Operator } from '@sunbeon/kafka';
import { Subscribes } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const booked = defineEvent({ name: 'booked', schema: 'string' });
const seen: string[] = [];
let isMended = false;

@Injectable()
class Desk {
  @Subscribes(booked, { group: 'rooms' })
  room(who: PayloadOf<typeof booked>): void {
    seen.push(`rooms ${who}`);
  }

  @Subscribes(booked, { group: 'bills', retry: { delaysMs: [] } })
  bill(who: PayloadOf<typeof booked>, { attempt }: TaskContext): void {
    if (!isMended) throw new Error('no paper');
    seen.push(`bills ${who} ${attempt}`);
  }
}

test('a replay of an event that one group has buried goes to that group alone, with fresh attempts', async () => {
  await using app = await startTestApp({ contracts: [booked], handlers: [Desk], partitions: 1 });
  const id = await app.publisher.publish(booked, 'Ada');
  const buried = await until(async () => (await app.buried())[0], { what: 'the event is in the DLQ' });
  expect(buried!.row).toMatchObject({ queue: 'booked', topic: `${app.cluster.prefix}booked.bills.dlq`, id });

  isMended = true;
  const queues = await app.admin.deadLetterQueues('booked');
  const queue = queues.find(({ dlq }) => dlq === buried!.row.topic)!;
  const { road, cluster } = app;
  const operator = new Operator({ road, prefix: cluster.prefix, by: 'Ada' });
  expect(await operator.replay(queue)).toEqual({ matched: 1, done: 1, skipped: 0, failed: 0 });
  await operator.close();
  await until(() => seen.includes('bills Ada 1'), { what: 'the bill is written' });
  await app.publisher.publish(booked, 'Grace');
  await until(() => seen.includes('bills Grace 1') && seen.includes('rooms Grace'), { what: 'the next event came' });

  expect(seen.toSorted()).toEqual(['bills Ada 1', 'bills Grace 1', 'rooms Ada', 'rooms Grace']);
});
