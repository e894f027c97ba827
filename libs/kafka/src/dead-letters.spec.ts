import { describe, expect, it } from '@jest/globals';
import { toHeaders, HEADER, type RecordHeaders } from '@sunbeon/core/headers';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { FakeClock, memoryRoad } from '@sunbeon/testing';
import fc from 'fast-check';
import { Admin } from './admin.js';
import { DeadLetters, type DeadLettersOptions } from './dead-letters.js';
import type { DlqFilter } from './dlq-filter.js';
import { matcher } from './dlq-filter.js';
import { ADD, CODEC, FLOWN } from './rig.fake.js';

/** A DLQ's content: what lies in each partition, and when it was buried. */
interface Dead {
  readonly partition?: number;
  readonly atMs?: number;
  readonly error?: string;
  readonly message?: string;
  readonly headers?: RecordHeaders;
  readonly value?: Buffer | null;
  readonly key?: string | null;
}

async function cluster(dead: readonly Dead[], { partitions = 2, topic = 'math.dlq' } = {}) {
  let nowMs = 0;
  const topics = { math: partitions, 'math.dlq': partitions, flown: 1, 'flown.stats.dlq': 1, 'flown.audit.dlq': 1 };
  const clock = new FakeClock();
  const road = memoryRoad({ topics, clock: { now: () => nowMs } });
  const producer = await road.producer();
  for (const [i, { partition = 0, atMs = i, ...one }] of dead.entries()) {
    nowMs = atMs;
    await producer.send([buriedRecord({ topic, partition }, one)]);
  }
  const admin = new Admin({ road, contracts: [ADD, FLOWN] });
  return { road, clock, producer, letters: new DeadLetters({ road, admin, codec: CODEC }) };
}

function buriedRecord(to: { topic: string; partition: number }, dead: Dead): OutgoingRecord {
  const { error = 'Error', message = 'no', headers = {}, value = Buffer.from('1'), key = 'k' } = dead;
  const own = toHeaders(createEnvelope({ id: 'one', type: 'math.add', source: 's', timeMs: 5, key: 'k', attempt: 2 }));
  const burial = {
    [HEADER.dltErrorName]: error,
    [HEADER.dltErrorMessage]: message,
    [HEADER.errorCode]: 'HANDLER_FAILED',
  };
  return { ...to, key, value, headers: { ...own, ...burial, ...headers } };
}

const deadArb: fc.Arbitrary<Dead[]> = fc.array(
  fc.record({
    partition: fc.nat(2),
    atMs: fc.nat(20),
    error: fc.constantFrom('TypeError', 'RangeError', 'Error'),
    message: fc.constantFrom('no 1', 'no 2', 'yes'),
  }),
  { maxLength: 40 },
);
const filterArb: fc.Arbitrary<DlqFilter> = fc.record(
  {
    error: fc.constantFrom('TypeError', 'RangeError'),
    sinceMs: fc.nat(20),
    untilMs: fc.nat(20),
  },
  { requiredKeys: [] },
);

describe('a list', () => {
  it('has the newest records that are meant, in the order of their burial', () =>
    fc.assert(
      fc.asyncProperty(deadArb, filterArb, fc.integer({ min: 1, max: 50 }), async (dead, filter, limit) => {
        const inTime = [...dead].sort((a, b) => a.atMs! - b.atMs!);
        const { letters, road } = await cluster(inTime, { partitions: 3 });
        const all = road.dumpTopic('math.dlq').filter(matcher(filter));
        const { rows, hasMore } = await letters.list('math', { filter, limit });
        const times = rows.map(({ timestamp }) => Date.parse(timestamp));
        const newest = all.map(({ timestampMs }) => timestampMs).sort((a, b) => a - b).slice(-limit); // prettier-ignore
        expect(times).toEqual(newest);
        if (all.length > limit) expect(hasMore).toBe(true);
        const places = rows.map(({ partition, offset }) => `${partition}/${offset}`);
        expect(new Set(places).size).toBe(rows.length);
      }),
      { numRuns: 60 },
    ));

  it('of a long DLQ reads no more than its end, and backwards until it has what it wants', async () => {
    const dead = Array.from({ length: 20_000 }, (_, i) => ({ partition: i % 2, message: i === 0 ? 'first' : 'no' }));
    const { letters } = await cluster(dead);
    expect(await letters.list('math', { limit: 3 })).toMatchObject({
      rows: [{ offset: 9_998 }, { offset: 9_999 }, { offset: 9_999 }],
      hasMore: true,
      seen: 1_000,
    });
    const filter = { header: { name: HEADER.dltErrorMessage, value: 'first' } };
    expect(await letters.list('math', { limit: 3, filter })).toMatchObject({ rows: [{ partition: 0, offset: 0 }], hasMore: false, seen: 20_000 }); // prettier-ignore
    const since = await letters.list('math', { filter: { sinceMs: 19_000 }, limit: 5_000 });
    expect([since.rows.length, since.seen]).toEqual([1_000, 1_000]);
  });

  it('does not read a partition further than what is newer than its limit', async () => {
    const dead = Array.from({ length: 20_000 }, (_, i) => ({ partition: i % 2, key: i % 2 === 0 ? 'even' : 'odd' }));
    const { letters } = await cluster(dead);
    const { rows, seen } = await letters.list('math', { limit: 3, filter: { key: 'odd' } });
    expect([rows.map(({ offset }) => offset), seen]).toEqual([[9_997, 9_998, 9_999], 1_000]);
  });

  it('of all queues is one list', async () => {
    const { letters, producer } = await cluster([{ message: 'a' }]);
    await producer.send([buriedRecord({ topic: 'flown.stats.dlq', partition: 0 }, { message: 'b' })]);
    const { rows } = await letters.list(undefined);
    expect(rows.map(({ topic, error }) => [topic, error.message])).toEqual([
      ['flown.stats.dlq', 'b'],
      ['math.dlq', 'a'],
    ]);
  });

  it('leaves out what people have discarded, as all verbs do, unless all is asked for', async () => {
    const { road, letters } = await cluster([{ message: 'a' }, { message: 'b' }]);
    const admin = new Admin({ road, contracts: [ADD] });
    const dispositions: DeadLettersOptions['dispositions'] = async (dlq) => (_, offset) => dlq === 'math.dlq' && offset === 0 ? 'discarded' : 'replayed'; // prettier-ignore
    const some = new DeadLetters({ road, admin, codec: CODEC, dispositions });
    const messages = async (of: DeadLetters, all = false) => (await of.list('math', { all })).rows.map(({ error }) => error.message); // prettier-ignore
    expect([await messages(some), await messages(some, true), await messages(letters)]).toEqual([['b'], ['a', 'b'], ['a', 'b']]); // prettier-ignore
    expect((await some.list('math', { all: true })).rows.map(({ disposition }) => disposition)).toEqual(['discarded', 'replayed']); // prettier-ignore
    expect([await some.show('math.dlq/0/0'), await some.show('math.dlq/0/1'), await letters.show('math.dlq/0/0')]).toMatchObject([{ disposition: 'discarded' }, { disposition: 'replayed' }, { disposition: 'open' }]); // prettier-ignore
    expect([(await some.groups('math')).total, (await some.groups('math', { all: true })).total]).toEqual([1, 2]);
    expect([await some.export('math', { write: () => undefined }), await some.export('math', { all: true, write: () => undefined })]).toEqual([1, 2]); // prettier-ignore
  });

  it('refuses options that it cannot have', async () => {
    const { letters } = await cluster([]);
    await expect(letters.list('math', { limit: 0 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(letters.groups('math', { maxGroups: 1.5 })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(letters.list('math', { filter: { kye: 'x' } as object })).rejects.toMatchObject({ code: 'OPTION_UNKNOWN' }); // prettier-ignore
    await expect(letters.list('mth')).rejects.toMatchObject({ code: 'CONTRACT_UNKNOWN' });
  });
});

describe('groups', () => {
  it('count what has one fingerprint, with its first, its last and that one’s place', () =>
    fc.assert(
      fc.asyncProperty(deadArb, filterArb, fc.integer({ min: 1, max: 4 }), async (dead, filter, maxGroups) => {
        const { letters, road } = await cluster(dead, { partitions: 3 });
        const all = road.dumpTopic('math.dlq').filter(matcher(filter));
        const { groups, others, total } = await letters.groups('math', { filter, maxGroups });
        expect(total).toBe(all.length);
        expect(groups.length).toBeLessThanOrEqual(maxGroups);
        expect(groups.reduce((sum, { count }) => sum + count, others)).toBe(total);
        const { rows } = await letters.list('math');
        for (const { fingerprint, count, first, last, example, error } of groups) {
          const same = rows.filter((row) => row.error.fingerprint === fingerprint && all.some(({ partition, offset }) => partition === row.partition && offset === row.offset)); // prettier-ignore
          expect([count, first, last]).toEqual([same.length, same[0]!.timestamp, same.at(-1)!.timestamp]);
          const shown = same.find((row) => `${row.topic}/${row.partition}/${row.offset}` === example)!;
          expect([shown.timestamp, shown.error.message]).toEqual([last, error.message]);
        }
      }),
      { numRuns: 60 },
    ));

  it('keep numbers in a message together, classes and contracts apart, the largest first', async () => {
    const dead: Dead[] = [
      { error: 'TypeError', message: 'no photo 1' },
      { error: 'RangeError', message: 'no photo 1' },
      { error: 'TypeError', message: 'no photo 22' },
      { error: 'TypeError', message: 'no photo 1', headers: { [HEADER.type]: 'math.sub' } },
    ];
    const { groups } = await (await cluster(dead)).letters.groups('math');
    expect(groups.map(({ count }) => count)).toEqual([2, 1, 1]);
    expect(groups[0]).toMatchObject({
      queue: 'math',
      contract: 'math.add',
      error: { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no photo 22' },
      example: 'math.dlq/0/2',
    });
  });
});

describe('a shown record', () => {
  it('says all that is known', async () => {
    const history = [{ attempt: 2, atMs: 7, by: 'worker-1', code: 'HANDLER_FAILED', name: 'Error', message: 'no' }];
    const headers = {
      [HEADER.dltTopic]: 'math',
      [HEADER.dltPartition]: Buffer.from('00000003', 'hex'),
      [HEADER.dltOffset]: Buffer.from('0000000000000007', 'hex'),
      [HEADER.dltTimestamp]: Buffer.from('0000000000000009', 'hex'),
      [HEADER.dltGroup]: 'math',
      [HEADER.dltStack]: 'Error: no\n    at here (/a.js:1:1)',
      [HEADER.history]: JSON.stringify(history),
      twice: ['a', Buffer.from([0xff])],
    };
    const { letters } = await cluster([{ headers, value: Buffer.from('{"a":1}') }]);
    expect(await letters.show('math.dlq/0/0')).toMatchObject({
      topic: 'math.dlq',
      attempts: 2,
      payload: { a: 1 },
      keyBase64: 'aw==',
      error: { code: 'HANDLER_FAILED', name: 'Error', message: 'no' },
      history: [{ ...history[0], at: '1970-01-01T00:00:00.007Z' }],
      origin: { topic: 'math', partition: 3, offset: 7, timestamp: '1970-01-01T00:00:00.009Z', group: 'math' },
      stack: headers[HEADER.dltStack],
      headers: { [HEADER.dltPartition]: 3, [HEADER.dltOffset]: 7, twice: ['a', { base64: '/w==' }] },
    });
  });

  it('is shown too when nobody can decode it, with why', async () => {
    const dead = ['!broken', '!away', '{'].map((text) => ({ value: Buffer.from(text) }));
    const { letters } = await cluster([...dead, { value: null, key: null }]);
    const shown = await Promise.all([0, 1, 2, 3].map((offset) => letters.show(`math.dlq/0/${offset}`)));
    expect(shown.map(({ payloadError }) => payloadError?.code)).toEqual(['RECORD_UNREADABLE', 'REGISTRY_UNAVAILABLE', 'RECORD_UNREADABLE', undefined]); // prettier-ignore
    expect(shown[0]).not.toHaveProperty('payload');
    expect(shown[0]!.valueBase64).toBe(Buffer.from('!broken').toString('base64'));
    expect(shown[3]).toMatchObject({ payload: null, valueBase64: null, keyBase64: null });
  });

  it('is refused where there is none', async () => {
    const { letters } = await cluster([{}]);
    for (const address of ['math.dlq/0/1', 'math/0/0', 'nowhere.dlq/0/0'])
      await expect(letters.show(address)).rejects.toMatchObject({ code: 'DLQ_RECORD_NOT_FOUND' });
    await expect(letters.show('math.dlq/0')).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});
