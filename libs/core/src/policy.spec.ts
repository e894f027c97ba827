import { describe, expect, test } from '@jest/globals';
import { DEFAULT_ON_ERROR } from './error-policy.js';
import { type PolicyOptions, policyOf, retryTiers } from './policy.js';

const of = (options: PolicyOptions) => policyOf(options, {}, 'task "t"');

test('retry is short for a list of one', () => {
  expect(of({ retry: { delaysMs: [5] } })).toEqual(of({ onError: [{ retry: { delaysMs: [5] } }] }));
});

test('what is not said is the base’s, then the default', () => {
  const base = of({ retry: { delaysMs: [7] } });
  expect(policyOf({ order: 'none' }, base, 'handler').onError).toBe(base.onError);
  expect(of({}).onError).toBe(DEFAULT_ON_ERROR);
});

test('retry and onError are not both given', () => {
  expect(() => of({ retry: { delaysMs: [5] }, onError: [] })).toThrow('task "t": retry and onError are both given.');
});

describe('tiers', () => {
  // prettier-ignore
  test.each<[string, PolicyOptions, number[]]>([
    ['are the distinct delays in rising order',   { retry: { delaysMs: [60_000, 9_000, 10_000, 9_000] } },            [9_000, 10_000, 60_000]],
    ['are those of all retries',                  { onError: [{ retry: { delaysMs: [5], retryOn: ['A'] } }, { retry: { delaysMs: [3] } }] }, [3, 5]],
    ['leave out what is never waited',            { retry: { delaysMs: [1, 2, 3], maxAttempts: 2 } },                 [1]],
    ['of drawn waits begin at 250 ms',            { retry: { firstMs: 1_000, maxMs: 4_000 } },                        [250, 1_000, 2_000, 4_000]],
    ['of waits that grow and are not drawn',      { retry: { firstMs: 10, maxMs: 50, jitter: 'none' } },              [10, 20, 40, 50]],
    ['are none without a retry',                  { onError: [] },                                                    []],
  ])('%s', (_what, options, tiersMs) => {
    expect(retryTiers(of(options))).toEqual(tiersMs);
  });
});
