import { describe, expect, test } from '@jest/globals';
import { DEFAULT_RETRY, retryTiers, type RetryPolicy, validateRetry } from './policy.js';

const refusal = (retry: unknown): { code: string; message: string } => {
  try {
    validateRetry(retry as RetryPolicy, 'task "t"');
  } catch (error) {
    return error as { code: string; message: string };
  }
  throw new Error('it was accepted');
};

describe('validateRetry', () => {
  test.each([[[]], [[1]], [[1_000, 1_000, 1_000]], [[7 * 86_400_000]], [[1, 2, 3, 4, 5, 6, 7, 8]]])(
    'accepts %j',
    (delaysMs) => {
      expect(validateRetry({ delaysMs }, 'here')).toEqual({ delaysMs });
    },
  );

  // prettier-ignore
  test.each([
    ['a zero',           { delaysMs: [0] },                           'task "t": retry.delaysMs has 0.'],
    ['a negative delay', { delaysMs: [5, -1] },                       'task "t": retry.delaysMs has -1.'],
    ['a fraction',       { delaysMs: [1.5] },                         'task "t": retry.delaysMs has 1.5.'],
    ['a text',           { delaysMs: ['1s'] },                        'task "t": retry.delaysMs has 1s.'],
    ['over seven days',  { delaysMs: [7 * 86_400_000 + 1] },          'task "t": retry.delaysMs has 604800001.'],
    ['nine tiers',       { delaysMs: [1, 2, 3, 4, 5, 6, 7, 8, 9] },   'task "t": retry.delaysMs has 9 distinct delays.'],
    ['no list',          { delaysMs: 1_000 },                         'task "t": retry.delaysMs is no list.'],
    ['nothing',          {},                                          'task "t": retry.delaysMs is no list.'],
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
    const policy = validateRetry({ delaysMs }, 'here');
    delaysMs.push(3);
    expect(policy.delaysMs).toEqual([1, 2]);
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.delaysMs)).toBe(true);
  });
});

test('the default policy is one that is accepted', () => {
  expect(validateRetry(DEFAULT_RETRY, 'default')).toEqual(DEFAULT_RETRY);
});

test('tiers are the distinct delays in rising order', () => {
  expect(retryTiers({ delaysMs: [60_000, 9_000, 10_000, 9_000] })).toEqual([9_000, 10_000, 60_000]);
});
