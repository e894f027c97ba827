import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { delayAfter, delayLabel, parseDelayLabel, tierFor } from './backoff.js';

const delay = fc.integer({ min: 1, max: 7 * 86_400_000 });
const tiers = fc.uniqueArray(delay, { minLength: 1, maxLength: 8 }).map((list) => list.sort((a, b) => a - b));

/** Hops through retry topics until the moment has come. @returns how late the message is then. */
function hop(remainingMs: number, tiersMs: readonly number[]): number {
  let left = remainingMs;
  while (left > 0) left -= tierFor(left, tiersMs)!;
  return -left;
}

describe('tierFor', () => {
  test('brings a message never early, and late by less than the shortest tier', () => {
    const wait = tiers.chain((list) => fc.tuple(fc.constant(list), fc.integer({ min: 1, max: list[0]! * 500 })));
    fc.assert(
      fc.property(wait, ([list, remainingMs]) => {
        const lateMs = hop(remainingMs, list);
        return lateMs >= 0 && lateMs < list[0]!;
      }),
    );
  });

  test('a wait that is itself a tier takes one hop and is not late', () => {
    fc.assert(fc.property(tiers, (list) => list.every((tier) => tierFor(tier, list) === tier)));
  });

  // prettier-ignore
  test.each([
    ['longest that fits', 12_000, [1_000, 10_000, 60_000], 10_000],
    ['longer than all',   90_000, [1_000, 10_000, 60_000], 60_000],
    ['shorter than all',     200, [1_000, 10_000],          1_000],
    ['due already',           -5, [1_000, 10_000],          1_000],
    ['no tier',               50, [],                   undefined],
  ])('%s', (_what, remainingMs, list, tier) => {
    expect(tierFor(remainingMs, list)).toBe(tier);
  });
});

describe('delayAfter', () => {
  test.each([
    [1, 10],
    [2, 20],
    [3, undefined],
    [99, undefined],
  ])('after attempt %s', (attempt, delayMs) => {
    expect(delayAfter(attempt, { delaysMs: [10, 20] })).toBe(delayMs);
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
