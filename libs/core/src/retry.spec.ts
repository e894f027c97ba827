import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { delayOf, retryOf, type RetryOptions, tiersOf } from './retry.js';

const refusal = (retry: unknown): { code: string; message: string } => {
  try {
    retryOf(retry as RetryOptions, 'task "t": retry');
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was accepted');
};

describe('retryOf', () => {
  test.each([[[]], [[1]], [[1_000, 1_000, 1_000]], [[7 * 86_400_000]], [[1, 2, 3, 4, 5, 6, 7, 8]]])(
    'accepts the list %j',
    (delaysMs) => {
      expect(retryOf({ delaysMs }, 'here')).toMatchObject({ delaysMs, retries: delaysMs.length, jitter: 'none' });
    },
  );

  // prettier-ignore
  test.each<[string, RetryOptions, object]>([
    ['waits that grow',           { firstMs: 100, maxMs: 1_000 },                       { delaysMs: [100, 200, 400, 800, 1_000], retries: 4, jitter: 'full' }],
    ['by another factor',         { firstMs: 10, factor: 3, maxMs: 100, jitter: 'none' }, { delaysMs: [10, 30, 90, 100], jitter: 'none' }],
    ['up to ten minutes',         { firstMs: 300_000 },                                 { delaysMs: [300_000, 600_000] }],
    ['that do not grow',          { firstMs: 50, factor: 1 },                           { delaysMs: [50], retries: 4 }],
    ['as many attempts as asked', { firstMs: 50, maxAttempts: 2 },                      { retries: 1 }],
    ['as many as there is time',  { firstMs: 50, maxTotalMs: 5_000 },                   { retries: Infinity, maxTotalMs: 5_000 }],
    ['the last wait repeated',    { delaysMs: [5, 9], maxAttempts: 10 },                { delaysMs: [5, 9], retries: 9 }],
    ['a list with jitter',        { delaysMs: [500], jitter: 'full' },                  { jitter: 'full' }],
    ['no retry at all',           { delaysMs: [5], maxAttempts: 1 },                    { retries: 0 }],
  ])('accepts %s', (_what, options, resolved) => {
    expect(retryOf(options, 'here')).toMatchObject(resolved);
  });

  // prettier-ignore
  test.each([
    ['a zero',           { delaysMs: [0] },                           'task "t": retry.delaysMs has 0.'],
    ['a negative delay', { delaysMs: [5, -1] },                       'task "t": retry.delaysMs has -1.'],
    ['a fraction',       { delaysMs: [1.5] },                         'task "t": retry.delaysMs has 1.5.'],
    ['a text',           { delaysMs: ['1s'] },                        'task "t": retry.delaysMs has 1s.'],
    ['over seven days',  { delaysMs: [7 * 86_400_000 + 1] },          'task "t": retry.delaysMs has 604800001.'],
    ['nine tiers',       { delaysMs: [1, 2, 3, 4, 5, 6, 7, 8, 9] },   'task "t": retry has 9 distinct delays.'],
    ['nine that grow',   { firstMs: 1, maxMs: 256, jitter: 'none', maxAttempts: 99 }, 'retry has 9 distinct delays.'],
    ['no list',          { delaysMs: 1_000 },                         'task "t": retry.delaysMs is no list.'],
    ['nothing',          {},                                          'task "t": retry.delaysMs is no list.'],
    ['null',             null,                                        'task "t": retry is null.'],
    ['both forms',       { delaysMs: [5], firstMs: 5 },               'task "t": retry.firstMs is 5. Give delaysMs or firstMs, not both.'],
    ['a list that grows', { delaysMs: [5], factor: 3 },               'retry.factor is 3. It goes with firstMs'],
    ['a cap below',      { firstMs: 50, maxMs: 5 },                   'retry.maxMs is 5. It must not be below firstMs, which is 50.'],
    ['a shrinking wait', { firstMs: 50, factor: 0.5 },                'retry.factor is 0.5.'],
    ['hardly any growth', { firstMs: 50, factor: 1.000_1 },            'retry.factor is 1.0001.'],
    ['no first wait',    { firstMs: 0 },                              'retry.firstMs is 0.'],
    ['no attempt',       { firstMs: 5, maxAttempts: 0 },              'retry.maxAttempts is 0.'],
    ['attempts for ever', { firstMs: 5, maxAttempts: Infinity },      'retry.maxAttempts is Infinity.'],
    ['attempts without waits', { delaysMs: [], maxAttempts: 3 },      'retry.maxAttempts is 3. An empty delaysMs is no retry'],
    ['no time',          { firstMs: 5, maxTotalMs: 0 },               'retry.maxTotalMs is 0.'],
    ['another jitter',   { firstMs: 5, jitter: 'half' },              'retry.jitter is half.'],
    ['no errors',        { delaysMs: [5], retryOn: [] },              'retry.retryOn is no list of errors.'],
    ['a number for one', { delaysMs: [5], neverRetryOn: [404] },      'retry.neverRetryOn[0] is 404.'],
    ['one in both',      { delaysMs: [5], retryOn: ['A', TypeError], neverRetryOn: [Error] }, 'retry.retryOn is '],
  ])('refuses %s', (_what, retry, message) => {
    const error = refusal(retry);
    expect(error.code).toBe('OPTION_INVALID');
    expect(error.message).toContain(message);
  });

  test('refuses an option that nobody reads', () => {
    expect(refusal({ delayMs: [1] })).toMatchObject({
      code: 'OPTION_UNKNOWN',
      message: 'task "t": retry: nobody reads the option "delayMs". Did you mean "delaysMs"?',
    });
  });

  test('gives a frozen copy: what the caller does to the list later changes nothing', () => {
    const delaysMs = [1, 2];
    const policy = retryOf({ delaysMs }, 'here');
    delaysMs.push(3);
    expect(policy.delaysMs).toEqual([1, 2]);
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.delaysMs)).toBe(true);
  });
});

const growing = fc.record({
  firstMs: fc.integer({ min: 1, max: 100_000 }),
  factor: fc.oneof(fc.constant(1), fc.double({ min: 1.1, max: 100, noNaN: true })),
  maxMs: fc.integer({ min: 100_000, max: 7 * 86_400_000 }),
  maxAttempts: fc.integer({ min: 2, max: 1_000 }),
});
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe('delayOf', () => {
  test('is firstMs × factor^n up to maxMs, and with full jitter anything up to that', () => {
    fc.assert(
      fc.property(growing, fc.nat(40), random, (options, n, drawn) => {
        const policy = retryOf(options, 'here');
        const [whole, part] = [delayOf({ ...policy, jitter: 'none' as const }, n, drawn), delayOf(policy, n, drawn)];
        const exact = Math.min(options.maxMs, options.firstMs * options.factor ** n);
        // Rounded up to whole milliseconds at each step.
        expect(whole).toBeGreaterThanOrEqual(Math.floor(exact));
        expect(whole).toBeLessThanOrEqual(
          Math.min(options.maxMs, Math.ceil(exact) + (n + 1) * options.factor ** n + 1),
        );
        return (
          Number.isInteger(part) && part >= policy.tiersMs[0]! && part <= Math.max(whole * drawn, policy.tiersMs[0]!)
        );
      }),
    );
  });

  test('waits that are drawn never need more than six topics', () => {
    fc.assert(fc.property(growing, (options) => tiersOf([retryOf(options, 'here')], 'here').length <= 6));
  });
});
