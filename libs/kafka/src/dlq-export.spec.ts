import { describe, expect, it } from '@jest/globals';
import type { HeaderValue, RecordHeaders } from '@sunbeon/core/headers';
import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import fc from 'fast-check';
import { Admin } from './admin.js';
import { DeadLetters } from './dead-letters.js';
import { headerPairs, lineOf, parseLine } from './dlq-line.js';
import { ADD, CODEC, FLOWN, incoming } from './rig.fake.js';

const bytesArb = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const nameArb = fc.oneof(fc.constantFrom('__proto__', '1', '7', 'constructor', 'b', 'a', ''), fc.string());
const headersArb: fc.Arbitrary<RecordHeaders> = fc
  .array(fc.tuple(nameArb, fc.oneof(bytesArb, fc.array(bytesArb, { minLength: 2, maxLength: 3 }))), { maxLength: 5 })
  .map((pairs) => Object.fromEntries(pairs));
const deadArb = fc.record({
  partition: fc.nat(1),
  key: fc.option(bytesArb),
  value: fc.option(bytesArb),
  headers: headersArb,
});

type Dead = Omit<OutgoingRecord, 'topic'>;

async function cluster(dead: readonly Dead[] = []) {
  const road = memoryRoad({ topics: { math: 2, 'math.dlq': 2, flown: 1, 'flown.stats.dlq': 1, 'flown.audit.dlq': 1 } });
  const producer = await road.producer();
  for (const one of dead) await producer.send([{ ...one, topic: 'math.dlq' }]);
  const letters = new DeadLetters({ road, admin: new Admin({ road, contracts: [ADD, FLOWN] }), codec: CODEC });
  return { road, producer, letters };
}

async function exported(letters: DeadLetters, limit?: number): Promise<string> {
  let text = '';
  await letters.export('math', { ...(limit && { limit }), write: (lines) => void (text += lines) });
  return text;
}

const fileOf = (text: string) => ({
  async *open() {
    for (let at = 0; at < text.length; at += 1_000) yield Buffer.from(text.slice(at, at + 1_000));
  },
});

/** The bytes of a record, without its place; comparable. */
function bytesOf({ key, value, headers }: IncomingRecord): string {
  const pairs = headerPairs(headers).map(([name, one]) => [name, one?.toString('hex')]);
  return JSON.stringify([key?.toString('hex') ?? null, value?.toString('hex') ?? null, pairs]);
}

describe('an export and its import', () => {
  it('keep every byte of keys, values and headers', () =>
    fc.assert(
      fc.asyncProperty(fc.array(deadArb, { maxLength: 12 }), async (dead) => {
        const from = await cluster(dead);
        const into = await cluster();
        const report = await into.letters.import(fileOf(await exported(from.letters)));
        expect(report).toEqual({ lines: dead.length, imported: dead.length, skipped: 0, failed: 0 });
        const [before, after] = [from, into].map(({ road }) => road.dumpTopic('math.dlq').map(bytesOf).sort());
        expect(after).toEqual(before);
      }),
      { numRuns: 100 },
    ));

  it('add nothing that is there already, and all that is not, as often as it stands in the file', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(deadArb, fc.nat(2), fc.nat(2)), { maxLength: 6 }), async (some) => {
        const times = (n: 1 | 2): Dead[] => some.flatMap((one) => Array.from({ length: one[n] }, () => one[0]));
        const file = fileOf(await exported((await cluster(times(1))).letters));
        const { road, letters } = await cluster(times(2));
        const dry = await letters.import({ ...file, isDry: true });
        expect(await letters.import(file)).toEqual(dry);
        expect(dry.imported + dry.skipped).toBe(times(1).length);
        const counts = Map.groupBy(road.dumpTopic('math.dlq'), bytesOf);
        const wanted = [times(1), times(2)].map((list) => Map.groupBy(list.map((one) => incoming(one as object)), bytesOf)); // prettier-ignore
        for (const [bytes, { length }] of counts) expect(length).toBe(Math.max(...wanted.map((one) => one.get(bytes)?.length ?? 0))); // prettier-ignore
        expect(await letters.import(file)).toMatchObject({ imported: 0, skipped: times(1).length });
      }),
      { numRuns: 60 },
    ));

  it('go on where a failure ended them', async () => {
    const dead = Array.from({ length: 1_200 }, (_, i) => ({ key: null, value: Buffer.from(`${i}`), headers: {} }));
    const file = fileOf(await exported((await cluster(dead)).letters));
    const { road, letters } = await cluster();
    road.failSends(({ value }) => value?.toString() === '1100'); // in the file, lines are by partition
    const first = await letters.import(file);
    expect(first).toMatchObject({ lines: 1_200, skipped: 0, error: { code: expect.any(String), line: expect.any(Number) } }); // prettier-ignore
    expect([first.imported + first.failed, first.imported % 500]).toEqual([1_200, 0]);
    road.failSends(0);
    expect(await letters.import(file)).toMatchObject({ imported: first.failed, skipped: first.imported, failed: 0 });
    expect(new Set(road.dumpTopic('math.dlq').map(bytesOf)).size).toBe(1_200);
    expect(road.dumpTopic('math.dlq')).toHaveLength(1_200);
  }, 60_000);
});

describe('an export', () => {
  it('is one line of JSON a record, with where and when it lay', async () => {
    const { letters } = await cluster([{ key: 'k', value: null, headers: { a: ['x', 'y'], b: '' } }]);
    const { timestampMs, ...line } = JSON.parse(await exported(letters)) as Record<string, unknown>;
    expect(line).toEqual({
      topic: 'math.dlq',
      partition: expect.any(Number),
      offset: 0,
      key: 'aw==',
      value: null,
      headers: [['a', 'eA=='], ['a', 'eQ=='], ['b', '']], // prettier-ignore
    });
    expect(timestampMs).toEqual(expect.any(Number));
  });

  it('says also of a header that it has no value', () => {
    const headers = { none: null as unknown as HeaderValue, some: [null as unknown as HeaderValue, 'x'] };
    const record = incoming({ headers });
    expect(parseLine(lineOf(record), 1).headers).toEqual({ none: null, some: [null, Buffer.from('x')] });
  });

  it('ends at its limit, and stops when the file does not take it', async () => {
    const { letters } = await cluster(Array.from({ length: 30 }, () => ({ key: 'k', value: null, headers: {} })));
    expect((await exported(letters, 7)).match(/\n/g)).toHaveLength(7);
    const write = () => Promise.reject(new Error('disk full'));
    await expect(letters.export('math', { write })).rejects.toThrow('disk full');
  });
});

describe('an import', () => {
  const line = lineOf(incoming({ topic: 'math.dlq', key: Buffer.from('k'), headers: { a: Buffer.from('x') } })).trim();
  const changed = (change: object): string => JSON.stringify({ ...(JSON.parse(line) as object), ...change });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['cut off', line.slice(0, -20)],
    ['a field that nobody reads', changed({ more: 1 })],
    ['no topic', changed({ topic: '' })],
    ['another topic', changed({ topic: 'math' })],
    ['a partition that is none', changed({ partition: -1 })],
    ['an offset that is none', changed({ offset: '0' })],
    ['no time', changed({ timestampMs: null })],
    ['a key that is no base64', changed({ key: 'no base64!' })],
    ['a value left out', changed({ value: undefined })],
    ['headers as an object', changed({ headers: { a: 'eA==' } })],
    ['a header that is no base64', changed({ headers: [['a', 'x']] })],
    ['a header of three', changed({ headers: [['a', 'eA==', 1]] })],
  ])('with %s is refused with the number of the line, and writes nothing', async (_what, bad) => {
    const { road, letters } = await cluster();
    const importing = letters.import(fileOf([line, '', bad, line].join('\n')));
    await expect(importing).rejects.toMatchObject({ code: 'DLQ_LINE_INVALID', facts: { line: 3 } });
    expect(road.dumpTopic('math.dlq')).toEqual([]);
  });

  it('of a record that is too large writes nothing, and names its line', async () => {
    const { letters } = await cluster();
    const large = changed({ value: Buffer.alloc(3_000_000).toString('base64') });
    await expect(letters.import(fileOf(`${line}\n${large}`))).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE', facts: { line: 2 } }); // prettier-ignore
  });

  it('goes into the DLQ that is named instead, if that is one', async () => {
    const { road, letters } = await cluster();
    expect(await letters.import({ ...fileOf(line), into: 'flown.stats.dlq' })).toMatchObject({ imported: 1 });
    expect(road.dumpTopic('flown.stats.dlq')).toHaveLength(1);
    await expect(letters.import({ ...fileOf(line), into: 'flown' })).rejects.toMatchObject({ code: 'OPTION_INVALID' });
    await expect(letters.import({ ...fileOf(line), into: 'fl' })).rejects.toMatchObject({ code: 'CONTRACT_UNKNOWN' });
  });
});
