import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { delayLabel, parseDelayLabel, throughTiers, tierFor, tiersUpTo } from './backoff.js';

const delay = fc.integer({ min: 1, max: 7 * 86_400_000 });
const tiers = fc.uniqueArray(delay, { minLength: 1, maxLength: 8 }).map((list) => list.sort((a, b) => a - b));

/** Hops through retry topics until the moment has come. @returns how late the message is then. */
function hop(remainingMs: number, tiersMs: readonly number[]): number {
  let left = remainingMs;
  while (left > 0) left -= tierFor(left, tiersMs)!; // a tier that is a little too long ends when its time has come
  return -left;
}

describe('tierFor', () => {
  test('brings a message never early, and late by less than the shortest tier or 100 ms', () => {
    const wait = tiers.chain((list) => fc.tuple(fc.constant(list), fc.integer({ min: 1, max: list[0]! * 500 })));
    fc.assert(
      fc.property(wait, ([list, remainingMs]) => {
        const lateMs = hop(remainingMs, list);
        return lateMs >= 0 && lateMs <= Math.max(list[0]!, 100);
      }),
    );
  });

  test('a wait that is itself a tier takes one hop and is not late', () => {
    fc.assert(fc.property(tiers, (list) => list.every((tier) => tierFor(tier, list) === tier)));
  });

  // prettier-ignore
  test.each([
    ['longest that fits', 12_000, [1_000, 10_000, 60_000], 10_000],
    ['late by its own hop', 9_950, [1_000, 10_000, 60_000], 10_000],
    ['too late by it',    9_899, [1_000, 10_000, 60_000],  1_000],
    ['longer than all',   90_000, [1_000, 10_000, 60_000], 60_000],
    ['shorter than all',     200, [1_000, 10_000],          1_000],
    ['due already',           -5, [1_000, 10_000],          1_000],
    ['no tier',               50, [],                   undefined],
  ])('%s', (_what, remainingMs, list, tier) => {
    expect(tierFor(remainingMs, list)).toBe(tier);
  });
});

describe('waits that are drawn', () => {
  // prettier-ignore
  test.each([
    ['a shortest tier of 250 ms',    [1_000, 2_000],                                          [250, 1_000, 2_000]],
    ['unless a wait is as short',    [100, 2_000],                                            [100, 2_000]],
    ['each length once',             [1_000, 1_000],                                          [250, 1_000]],
    ['many: in equal ratio',         [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000],    [250, 758, 2_297, 7_000, 21_000, 64_000]],
  ])('%s', (_what, lengthsMs, list) => {
    expect(tiersUpTo(lengthsMs)).toEqual(list);
  });

  const lengths = fc.array(fc.integer({ min: 1, max: 7 * 86_400_000 }), { minLength: 1, maxLength: 12 });
  const part = fc.double({ min: 0, max: 1, noNaN: true });

  test('a wait is at most four hops, none of them late, and no longer than what was drawn', () => {
    fc.assert(
      fc.property(lengths, part, (all, drawn) => {
        const list = tiersUpTo(all);
        const askedMs = Math.max(...all) * drawn;
        const waitMs = throughTiers(askedMs, list);
        let [left, hops] = [waitMs, 0];
        for (; left > 0; hops++) left -= tierFor(left, list)!;
        return (
          left >= -100 && hops <= 4 && list.length <= 6 && list[0]! <= 250 && waitMs <= Math.max(askedMs, list[0]!)
        );
      }),
    );
  });
});

describe('throughTiers', () => {
  test('goes as far as four hops do', () => {
    expect(throughTiers(3_800, [250, 1_000])).toBe(3_250);
    expect(throughTiers(5_000, [250, 1_000])).toBe(4_000);
    expect(throughTiers(100, [250, 1_000])).toBe(250);
  });
});

describe('delay labels', () => {
  test('a label reads back as the delay it was made of', () => {
    const round = fc.oneof(
      delay,
      fc.tuple(fc.nat(400), fc.constantFrom(1, 1e3, 6e4, 36e5, 864e5)).map(([n, u]) => n * u),
    );
    fc.assert(fc.property(round, (delayMs) => parseDelayLabel(delayLabel(delayMs)) === delayMs));
  });

  // prettier-ignore
  test.each([[500, '500ms'], [1_000, '1s'], [90_000, '90s'], [300_000, '5m'], [7_200_000, '2h'], [86_400_000, '1d']])(
    '%s ms is %s', (delayMs, label) => expect(delayLabel(delayMs)).toBe(label),
  );

  test.each(['', 's', '1', '1w', '-1s', '1.5s', ' 1s', '1s ', '1S', 'retry', '1s.dlq'])('"%s" is no label', (text) => {
    expect(parseDelayLabel(text)).toBeUndefined();
  });
});
