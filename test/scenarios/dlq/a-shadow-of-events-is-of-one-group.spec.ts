import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, type PayloadOf } from '@sunbeon/core';
import { Subscribes } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { snapshot } from '../fixtures/snapshot.js';

const booked = defineEvent({ name: 'booked', schema: 'string' });
const cancelled = defineEvent({ name: 'cancelled', schema: 'string', topic: 'booked' });
const failing = { then: ['Ada', 'Grace'], now: ['Grace', 'Edsger'] };
const seen: string[] = [];

/** One group keeps its outcomes, of the other only its DLQ knows. */
const desk = (when: keyof typeof failing) => {
  @Injectable()
  class Desk {
    @Subscribes(booked, { group: 'rooms', retry: { delaysMs: [] }, recordOutcomes: true })
    room(who: PayloadOf<typeof booked>): void {
      seen.push(`rooms ${who}`);
      if (failing[when].includes(who)) throw new Error('no room');
    }

    @Subscribes(booked, { group: 'bills', retry: { delaysMs: [] } })
    bill(who: PayloadOf<typeof booked>): void {
      seen.push(`bills ${who}`);
      if (failing[when].includes(who)) throw new Error('no paper');
    }
  }
  return Desk;
};

test('a shadow of events is of one group: what nobody recorded is not known, but for what lies in its DLQ', async () => {
  const cluster = testCluster();
  const contracts = [booked, cancelled];
  {
    await using then = await startTestApp({ contracts, handlers: [desk('then')], cluster });
    for (const who of ['Ada', 'Grace', 'Edsger', 'Barbara']) await then.publisher.publish(booked, who);
    await then.publisher.publish(cancelled, 'Ada');
    const lag = async () => (await then.admin.overview())[0]!.groups.reduce((sum, group) => sum + group.lag, 0);
    await until(async () => seen.length === 8 && (await lag()) === 0, { what: 'all are committed' });
  }
  await using outside = await startTestApp({ contracts, cluster });
  const before = await snapshot(outside.road, cluster, ['rooms', 'bills']);
  const shadow = async (group: string) => {
    await using now = await startTestApp({ contracts, handlers: [desk('now')], cluster, shadow: { queue: `booked.${group}` } }); // prettier-ignore
    return await now.shadowed;
  };
  seen.length = 0;

  const counts = { matched: 4, compared: 4, different: 0, mended: 1, failed: 1 };
  expect(await shadow('rooms')).toMatchObject({ ...counts, same: 2, unknown: 0 });
  expect(seen.toSorted()).toEqual(['rooms Ada', 'rooms Barbara', 'rooms Edsger', 'rooms Grace']);
  expect(await shadow('bills')).toMatchObject({ ...counts, same: 1, unknown: 1 });
  expect(await snapshot(outside.road, cluster, ['rooms', 'bills'])).toEqual(before);
}, 60_000);
