import { describe, expect, it } from '@jest/globals';
import { CLOSED } from '@sunbeon/core/breaker';
import { memoryRoad } from '@sunbeon/testing';
import { Admin } from './admin.js';
import { circuitRecord, readCircuit } from './control-records.js';
import { ADD, FLOWN, outgoing } from './rig.fake.js';

const TOPICS = {
  't.math': 2,
  't.math.retry.1s': 2,
  't.math.retry.notes': 1, // somebody's own topic: no delay
  't.math.dlq': 2,
  't.flown': 1,
  't.flown.stats.retry': 1,
  't.flown.stats.retry.5s': 1,
  't.flown.stats.dlq': 1,
};

/** A cluster with so many records on each topic, of which groups have finished so many. */
async function adminOf(sizes: Record<string, number>, finished: Record<string, Record<string, number>> = {}) {
  const road = memoryRoad({ topics: TOPICS });
  const producer = await road.producer();
  for (const [topic, size] of Object.entries(sizes)) {
    await producer.send(Array.from({ length: size }, () => outgoing('x', { topic, partition: 0 })));
  }
  for (const [group, offsets] of Object.entries(finished)) {
    const member = await road.consumer({ group, topics: Object.keys(offsets) });
    await member.run({
      onAssigned: () => undefined,
      onRevoked: async () => undefined,
      onLost: () => undefined,
      onRecords: () => undefined,
    });
    await member.commit(Object.entries(offsets).map(([topic, offset]) => ({ topic, partition: 0, offset })));
  }
  return new Admin({ road, contracts: [ADD, FLOWN], prefix: 't.' });
}

describe('the admin', () => {
  it('lists queues and events with what belongs to them', async () => {
    const admin = await adminOf({});
    expect(await admin.topology()).toEqual([
      {
        queue: 'math',
        topic: 't.math',
        kind: 'task',
        contracts: ['math.add'],
        partitions: 2,
        groups: ['t.math'],
        retry: ['t.math.retry.1s'],
        dlq: ['t.math.dlq'],
      },
      {
        queue: 'flown',
        topic: 't.flown',
        kind: 'event',
        contracts: ['flown'],
        partitions: 1,
        groups: ['t.stats'],
        retry: ['t.flown.stats.retry.5s'],
        dlq: ['t.flown.stats.dlq'],
      },
    ]);
  });

  it('counts what waits, what waits for a retry, what was ever written and what is buried', async () => {
    const admin = await adminOf(
      {
        't.math': 5,
        't.math.retry.1s': 3,
        't.math.dlq': 2,
        't.flown': 4,
        't.flown.stats.retry': 2,
        't.flown.stats.retry.5s': 2,
      },
      { 't.math': { 't.math': 2 }, 't.math.retry': { 't.math.retry.1s': 1 }, 't.stats': { 't.flown': 1 } },
    );
    const [math, flown] = await admin.overview();
    expect(math).toMatchObject({
      total: 5,
      buried: 2,
      groups: [{ group: 't.math', state: 'Stable', lag: 3, retrying: 2 }],
    });
    expect(flown).toMatchObject({ total: 4, buried: 0, groups: [{ group: 't.stats', lag: 5, retrying: 2 }] });
  });

  it('finds DLQs by queue, by event and by their own name, with where a replay goes', async () => {
    const admin = await adminOf({});
    const math = { queue: 'math', dlq: 't.math.dlq', again: 't.math' };
    const stats = { queue: 'flown', dlq: 't.flown.stats.dlq', again: 't.flown.stats.retry' };
    expect(await admin.deadLetterQueues()).toEqual([math, stats]);
    expect(await admin.deadLetterQueues('math')).toEqual([math]);
    expect(await admin.deadLetterQueues('flown')).toEqual([stats]);
    expect(await admin.deadLetterQueues('t.flown.stats.dlq')).toEqual([stats]);
    await expect(admin.deadLetterQueues('mth')).rejects.toMatchObject({
      code: 'CONTRACT_UNKNOWN',
      hint: 'Did you mean "math"?',
    });
  });
});

describe('pausing and resuming', () => {
  const request = { by: 'ana', reason: 'the bank is closed' };

  it('is of a queue, of an event at all its groups, or of one group', async () => {
    const admin = await adminOf({});
    expect(await admin.pause('math', request)).toEqual(['math']);
    expect(await admin.pause('flown.stats', request)).toEqual(['flown.stats']);
    const [math, flown] = await admin.overview();
    expect(math!.paused).toEqual([{ queue: 'math', state: 'paused', ...request, atMs: expect.any(Number) }]);
    expect(flown!.paused).toMatchObject([{ queue: 'flown.stats', state: 'paused' }]);
    expect(await admin.resume('flown', { by: 'ben', reason: '' })).toEqual(['flown.stats']);
    expect((await admin.overview()).map(({ paused }) => paused.length)).toEqual([1, 0]);
    await expect(admin.pause('mth', request)).rejects.toMatchObject({ code: 'CONTRACT_UNKNOWN' });
    await expect(admin.resume('stats', request)).rejects.toMatchObject({ code: 'CONTRACT_UNKNOWN' });
  });

  it('ends what a breaker has paused too, with an epoch of its own', async () => {
    const road = memoryRoad({ topics: { 't.math': 1, 't.math.dlq': 1, 't.sunbeon.control': 1 } });
    const admin = new Admin({ road, contracts: [ADD], prefix: 't.' });
    const open = {
      ...CLOSED,
      state: 'open',
      epoch: 4,
      sinceMs: 5,
      untilMs: 6,
      reason: 'r',
      by: 'app/1',
      trips: 2,
    } as const;
    await (await road.producer()).send([circuitRecord('t.sunbeon.control', 'math', open)]);
    expect((await admin.overview())[0]!.paused).toMatchObject([{ state: 'open', atMs: 5, untilMs: 6 }]);
    await admin.resume('math', request);
    expect((await admin.overview())[0]!.paused).toEqual([]);
    expect(readCircuit(road.dumpTopic('t.sunbeon.control').at(-1)!.value)).toMatchObject({ state: 'closed', epoch: 5, by: 'ana' }); // prettier-ignore
  });

  it('is seen whatever else lies on the topic', async () => {
    const road = memoryRoad({ topics: { 't.math': 1, 't.math.dlq': 1, 't.sunbeon.control': 1 } });
    const admin = new Admin({ road, contracts: [ADD], prefix: 't.' });
    const garbage = outgoing('{', { topic: 't.sunbeon.control' });
    await (await road.producer()).send([garbage, { ...garbage, key: 'queue/math' }]);
    expect((await admin.overview())[0]!.paused).toEqual([]);
    await admin.pause('math', request);
    expect((await admin.overview())[0]!.paused).toHaveLength(1);
  });
});
