import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import type { OffsetRun } from '@sunbeon/core/ledger';
import fc from 'fast-check';
import { decodeOffsetMap, encodeOffsetMap, MAX_METADATA, offsetMapBound, offsetMapSize } from './offset-map.js';

/** Runs above an offset, none touching the next, from lengths of what is open and finished by turns. */
function runsOf(offset: number, lengths: readonly (readonly [number, number])[]): OffsetRun[] {
  let at = offset;
  return lengths.map(([open, finished]) => {
    const from = at + open;
    at = from + finished;
    return { from, to: at };
  });
}

const length = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) },
  fc.integer({ min: 1, max: 2 ** 40 }),
);
const offset = fc.integer({ min: 0, max: 2 ** 45 });
const lengths = (maxLength: number) => fc.array(fc.tuple(length, length), { maxLength, size: 'max' });
const has = (runs: readonly OffsetRun[], at: number): boolean => runs.some(({ from, to }) => from <= at && at < to);

describe('a map of finished offsets', () => {
  test('that fits is read as it was written', () => {
    fc.assert(
      fc.property(offset, lengths(200), (at, pairs) => {
        const runs = runsOf(at, pairs);
        expect(decodeOffsetMap(at, encodeOffsetMap(at, runs))).toEqual(runs);
      }),
    );
  });

  test('never has more characters than Kafka takes, and what is left out is left out at the end: nothing is said that is not so', () => {
    fc.assert(
      fc.property(offset, lengths(6_000), (at, pairs) => {
        const runs = runsOf(at, pairs);
        const text = encodeOffsetMap(at, runs);
        expect(text.length).toBeLessThanOrEqual(MAX_METADATA);
        const read = decodeOffsetMap(at, text);
        if (runs.length > 0) expect(read.length).toBeGreaterThan(0);
        for (const [i, run] of read.slice(0, -1).entries()) expect(run).toEqual(runs[i]);
        const [last, whole] = [read.at(-1), runs[read.length - 1]];
        expect(last?.from).toBe(whole?.from);
        expect(last?.to ?? 0).toBeLessThanOrEqual(whole?.to ?? 0);
      }),
      { numRuns: 50 },
    );
  });

  test('is said in as few characters as one of its four ways allows', () => {
    const one = (pairs: [number, number][]) => encodeOffsetMap(7, runsOf(7, pairs));
    expect(one([[1, 50_000]])).toMatch(/^sb1 fr:.{6}$/);
    const noise = createHash('sha512').update('noise').digest();
    const mixed = decodeOffsetMap(7, `sb1 fb:${noise.toString('base64').replace(/=+$/, '')}`).filter(
      ({ from }) => from > 7,
    );
    expect(encodeOffsetMap(7, mixed)).toMatch(/^sb1 fb:/);
    expect(one(Array.from({ length: 2_000 }, () => [1, 1]))).toMatch(/^sb1 f[BR]:.{1,60}$/);
    expect(one([])).toBe('');
  });

  test('has the size that was said, or less when deflated, and a bound that needs no look at it', () => {
    fc.assert(
      fc.property(offset, lengths(100), (at, pairs) => {
        const runs = runsOf(at, pairs);
        const [size, bound] = [offsetMapSize(at, runs), offsetMapBound(runs.length, (runs.at(-1)?.to ?? at) - at)];
        expect(encodeOffsetMap(at, runs).length).toBeLessThanOrEqual(size);
        expect(size).toBeLessThanOrEqual(bound);
      }),
    );
  });
});

describe('metadata that is no map of ours', () => {
  const text = (bytes: number[] | Buffer): string => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

  test.each([
    ['nothing', ''],
    ['words', 'committed by hand'],
    ['another version', `sb2 fr:${text([1, 1])}`],
    ['no base64', 'sb1 fr:é'],
    ['base64 with a field behind it', 'sb1 fr:AQE=x'],
    ['an empty run', `sb1 fr:${text([1, 0, 1, 1])}`],
    ['a number beyond 2^53', `sb1 fr:${text([1, 255, 255, 255, 255, 255, 255, 255, 255, 127])}`],
    ['bytes that do not inflate', `sb1 fR:${text([255, 255, 255])}`],
    ['a bomb', `sb1 fB:${text(deflateRawSync(Buffer.alloc(50_000_000)))}`],
    ['fields that we do not know', 'sb1 d:AAAA x:BBBB'],
  ])('says nothing: %s', (_what, metadata) => {
    expect(decodeOffsetMap(5, metadata)).toEqual([]);
  });

  test('of any kind is read in bounded time and memory, without an error, and never below the committed offset', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.tuple(fc.constantFrom('r', 'b', 'R', 'B'), fc.uint8Array({ maxLength: 3_000, size: 'max' })).map(([kind, bytes]) => `sb1 f${kind}:${text(Buffer.from(bytes))}`), // prettier-ignore
    );
    fc.assert(
      fc.property(offset, hostile, (at, metadata) => {
        const runs = decodeOffsetMap(at, metadata);
        const isSound = ({ from, to }: OffsetRun, i: number): boolean => from < to && Number.isSafeInteger(to) && from >= (runs[i - 1]?.to ?? at - 1) + 1; // prettier-ignore
        expect(runs.filter((run, i) => !isSound(run, i))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test('a run of 2^50 costs two numbers', () => {
    const metadata = encodeOffsetMap(0, [{ from: 1, to: 2 ** 50 }]);
    expect(decodeOffsetMap(0, metadata)).toEqual([{ from: 1, to: 2 ** 50 }]);
  });
});

test('docs/reference/offset-map.md has an example that is so, and a field of a later version does not disturb', () => {
  const page = readFileSync(new URL('../../../docs/reference/offset-map.md', import.meta.url), 'utf8');
  const [, committed, open, metadata] = /committed offset (\d+).*?open: ([\d, ]+)\..*?`(sb1 f\w:[^`]+)`/s.exec(page)!;
  const [at, ...others] = open!.split(', ').map(Number) as [number, ...number[]];
  expect(at).toBe(Number(committed));
  const [, highest] = /highest offset read is (\d+)/.exec(page)!;
  const ends = [...others, Number(highest) + 1];
  const runs = [at, ...others].map((from, i) => ({ from: from + 1, to: ends[i]! })).filter(({ from, to }) => from < to);
  expect(encodeOffsetMap(at, runs)).toBe(metadata);
  expect(decodeOffsetMap(at, `${metadata!} d:AAAA`)).toEqual(runs);
  expect(has(decodeOffsetMap(at, metadata!), at)).toBe(false);
});
