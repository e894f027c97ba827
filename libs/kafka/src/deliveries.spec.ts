import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { Ledger } from '@sunbeon/core/ledger';
import fc from 'fast-check';
import { decodeDeliveries, encodeMetadata } from './commit-metadata.js';
import { Deliveries, type DeliveryState, type Known, MAX_KNOWN, RUNS, takenOver } from './deliveries.js';
import { decodeOffsetMap, MAX_METADATA } from './offset-map.js';

const known = (deliveries: number, alone: number, runs: Known['runs'] = RUNS.not): Known => ({ deliveries, alone, runs }); // prettier-ignore
const state = (over: Partial<DeliveryState> = {}): DeliveryState => ({ reach: undefined, careful: undefined, ends: 0, known: new Map(), ...over }); // prettier-ignore

describe('what the next owner knows', () => {
  test.each<[string, DeliveryState, DeliveryState]>([
    ['of a partition that was let go: nothing', state(), state()],
    [
      'of an unclean end: up to where records may have been running',
      state({ reach: 50 }),
      state({ careful: 50, ends: 1 }),
    ],
    [
      'of one while careful: the old window stays',
      state({ reach: 10, careful: 50, ends: 1 }),
      state({ careful: 50, ends: 2 }),
    ],
    [
      'of a mark: one delivery more',
      state({ reach: 1, careful: 9, known: new Map([[3, known(1, 0, RUNS.beside)]]) }),
      state({ careful: 9, ends: 1, known: new Map([[3, known(2, 0)]]) }),
    ],
    [
      'of one that ran alone: that too',
      state({ reach: 1, ends: 2, known: new Map([[3, known(2, 0, RUNS.alone)]]) }),
      state({ careful: 1, ends: 2, known: new Map([[3, known(3, 1)]]) }),
    ],
    [
      'of one that was let go while it ran: no delivery more',
      state({ careful: 9, known: new Map([[3, known(2, 0, RUNS.alone)]]) }),
      state({ careful: 9, known: new Map([[3, known(2, 0)]]) }),
    ],
  ])('%s', (_what, left, expected) => expect(takenOver(left)).toEqual(expected));
});

function noted(count: number, left?: DeliveryState, max = 3): { ledger: Ledger; deliveries: Deliveries } {
  const ledger = new Ledger({ offset: 0, finished: [] });
  for (let offset = 0; offset < count; offset++) ledger.note(offset);
  return { ledger, deliveries: new Deliveries(ledger, max, left) };
}

/** As a commit that is acknowledged. */
function say(deliveries: Deliveries): DeliveryState | undefined {
  const { version } = deliveries;
  const said = deliveries.state();
  deliveries.isSaid(said, version);
  return said;
}

describe('a start', () => {
  test('is free once a commit has said how far starts may reach, which is beyond what was read', () => {
    const { ledger, deliveries } = noted(10);
    expect([deliveries.isFree(0), deliveries.startOf(0)]).toEqual([false, 'marked']);
    expect(say(deliveries)?.reach).toBe(10_010);
    expect([deliveries.isFree(9), deliveries.isFree(10_009), deliveries.isFree(10_010)]).toEqual([true, true, false]);
    for (let offset = 10; offset < 20_010; offset++) ledger.note(offset);
    expect(say(deliveries)?.reach).toBe(60_010); // the busier, the further
  });

  test('is always free where nobody counts', () => {
    const { deliveries } = noted(1, state({ reach: 50 }), 0);
    expect([deliveries.isFree(0), deliveries.state()]).toEqual([true, undefined]);
  });

  test('is marked after an unclean end, until all that may have been running is finished', () => {
    const { ledger, deliveries } = noted(4, state({ reach: 2 }));
    deliveries.mark(0, RUNS.beside);
    deliveries.mark(3, RUNS.beside);
    const said = say(deliveries)!;
    expect(said.known).toEqual(new Map([[0, known(1, 0, RUNS.beside)], [3, known(0, 0, RUNS.beside)]])); // prettier-ignore
    expect([said.reach, said.careful, deliveries.isFree(1)]).toEqual([0, 2, false]);
    for (const offset of [0, 1]) {
      ledger.finish(offset);
      deliveries.finished(offset);
    }
    expect(say(deliveries)).toMatchObject({ careful: undefined, known: new Map() });
    expect(deliveries.isFree(2)).toBe(true);
  });

  test.each([
    [1, 'marked', 'bury', 'bury', 'bury'],
    [2, 'alone', 'alone', 'bury', 'bury'],
    [3, 'marked', 'alone', 'alone', 'bury'],
    [4, 'marked', 'alone', 'alone', 'alone'],
  ])(
    'with at most %i deliveries: after one that is not known of %s, after two beside others %s',
    (max, none, two, alone, more) => {
      const left = (one?: Known): DeliveryState =>
        state({ careful: 5, known: one === undefined ? new Map() : new Map([[1, one]]) });
      const startOf = (one?: Known): string => noted(3, left(one), max).deliveries.startOf(1);
      expect([startOf(), startOf(known(2, 0)), startOf(known(2, 1)), startOf(known(3, 1))]).toEqual([
        none,
        two,
        alone,
        more,
      ]);
      expect([startOf(known(9, 0))]).toEqual([max === 1 ? 'bury' : 'alone']); // beside others it may be innocent for ever
    },
  );

  test('is the end of one that is out of deliveries, unless processes ended that it did not run in: then it takes as many more alone', () => {
    const startOf = (one: Known, ends: number): string => noted(3, state({ careful: 5, ends, known: new Map([[1, one]]) })).deliveries.startOf(1); // prettier-ignore
    expect([startOf(known(3, 1), 2), startOf(known(3, 1), 3), startOf(known(4, 2), 3), startOf(known(4, 2), 4)]).toEqual(['bury', 'alone', 'bury', 'alone']); // prettier-ignore
  });

  test("of what came after the partition was taken over is nobody's suspicion", () => {
    const { deliveries } = noted(9, state({ reach: 900 }));
    expect(deliveries.of(5).deliveries).toBe(1);
    deliveries.endedAt(5);
    expect([deliveries.of(4).deliveries, deliveries.of(5).deliveries]).toEqual([1, 0]);
  });

  test('leaves nothing behind when its partition is let go, but what was known before', () => {
    const { deliveries } = noted(3, state({ careful: 2, known: new Map([[1, known(2, 0)]]) }));
    deliveries.mark(0, RUNS.beside);
    deliveries.mark(1, RUNS.alone);
    deliveries.mark(2, RUNS.beside);
    deliveries.close();
    expect(say(deliveries)).toEqual(state({ careful: 2, known: new Map([[0, known(1, 0)], [1, known(2, 0)]]) })); // prettier-ignore
  });

  test('has room only while few are known; what has gone from the topic is forgotten', async () => {
    const { ledger, deliveries } = noted(MAX_KNOWN + 1, state({ reach: 5_000 }));
    for (let offset = 0; offset < MAX_KNOWN; offset++) deliveries.mark(offset, RUNS.beside);
    expect(deliveries.hasRoom).toBe(false);
    const roomy = deliveries.roomy();
    ledger.finish(0);
    say(deliveries);
    await roomy;
    expect(deliveries.hasRoom).toBe(true);
  });
});

const count = fc.integer({ min: 0, max: 15 });
const knownOf = fc.tuple(count, count, fc.constantFrom(RUNS.not, RUNS.beside, RUNS.alone)).map(([d, a, r]) => known(d, a, r)); // prettier-ignore
const distance = fc.oneof({ weight: 9, arbitrary: fc.nat(5_000) }, { weight: 1, arbitrary: fc.nat(2 ** 42) });

describe('the metadata of a commit', () => {
  test('says all of it, together with a map of any size, and never more than Kafka takes', () => {
    const some = fc.record({
      offset: fc.nat(2 ** 44),
      reach: fc.option(distance),
      careful: fc.option(distance),
      ends: fc.nat(1_000),
      known: fc.array(fc.tuple(distance, knownOf), { maxLength: MAX_KNOWN, size: 'max' }),
      runs: fc.array(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 })), { maxLength: 3_000, size: 'max' }), // prettier-ignore
    });
    fc.assert(
      fc.property(some, ({ offset, reach, careful, ends, known: ones, runs }) => {
        const deliveries = state({
          reach: reach === null ? undefined : offset + reach,
          careful: careful === null ? undefined : offset + careful + 1,
          ends,
          known: new Map(ones.map(([at, one]) => [offset + at, one] as const).sort(([a], [b]) => a - b)),
        });
        let at = offset;
        const finished = runs.map(([open, done]) => ({ from: (at += open), to: (at += done) }));
        const text = encodeMetadata(offset, finished, deliveries);
        expect(text.length).toBeLessThanOrEqual(MAX_METADATA);
        const isEmpty = reach === null && careful === null && ones.length === 0;
        expect(decodeDeliveries(offset, text)).toEqual(isEmpty ? undefined : deliveries);
        const map = decodeOffsetMap(offset, text);
        expect(map.slice(0, -1)).toEqual(finished.slice(0, Math.max(0, map.length - 1)));
        if (text.length < MAX_METADATA * 0.9) expect(map).toEqual(finished);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    '',
    'by hand',
    'sb2 dl:AQE',
    'sb1 dl:',
    'sb1 dl:A',
    'sb1 dl:AQE',
    'sb1 dl:AQEBAQ',
    'sb1 dl:////////////AQ',
    'sb1 fr:AQE',
  ])('that is none of ours says nothing: %s', (metadata) => expect(decodeDeliveries(7, metadata)).toBeUndefined());

  test('of any kind is read without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3_000, size: 'max' }), (bytes) => {
        const text = `sb1 dl:${Buffer.from(bytes).toString('base64').replace(/=+$/, '')}`;
        const read = decodeDeliveries(3, text);
        for (const at of read?.known.keys() ?? []) expect(Number.isSafeInteger(at)).toBe(true);
      }),
    );
  });
});

test('docs/reference/offset-map.md has examples that are so', () => {
  const page = readFileSync(new URL('../../../docs/reference/offset-map.md', import.meta.url), 'utf8');
  const [open, closed, careful] = [...page.matchAll(/`(sb1 [^`]+)`/g)].map(([, text]) => text!).slice(-3);
  expect(decodeDeliveries(1000, open!)).toEqual(state({ reach: 2_500 }));
  expect(decodeDeliveries(1000, closed!)).toBeUndefined();
  const runs = new Map([[1000, known(1, 0, RUNS.beside)], [1002, known(2, 0)]]); // prettier-ignore
  expect(decodeDeliveries(1000, careful!)).toEqual(state({ reach: 1000, careful: 1484, ends: 1, known: runs }));
  expect(encodeMetadata(1000, [], decodeDeliveries(1000, careful!))).toBe(careful);
  expect(decodeOffsetMap(1000, open!)).toEqual(decodeOffsetMap(1000, closed!));
});
