import { describe, expect, test } from '@jest/globals';
import { until } from './until.js';

describe('until', () => {
  test('gives the first truthy answer', async () => {
    const answers = [0, '', undefined, 'yes', 'no'];
    expect(await until(() => answers.shift(), { what: 'yes' })).toBe('yes');
  });

  test('fails with the sentence, after one look at least', async () => {
    let looks = 0;
    const never = until(() => looks++ > 5, { what: 'the sun rises', timeoutMs: 0 });
    await expect(never).rejects.toThrow('Not within 0 ms: the sun rises (last answer: false)');
    expect(looks).toBe(1);
  });

  test('does not swallow what the condition throws', async () => {
    await expect(until(() => Promise.reject(new Error('broken')), { what: 'x' })).rejects.toThrow('broken');
  });
});
