import { describe, expect, test } from '@jest/globals';
import { defineTask } from './contract.js';
import { keyOf } from './key.js';

const keyed = (key?: (payload: string) => unknown) =>
  defineTask({ name: 'mail', queue: 'mail', input: 'string', ...(key && { key: key as () => string }) });

describe('keyOf', () => {
  test('is what the contract’s function says, undefined without one', () => {
    expect(
      keyOf(
        keyed((to) => to),
        'a',
      ),
    ).toBe('a');
    expect(
      keyOf(
        keyed(() => undefined),
        'a',
      ),
    ).toBeUndefined();
    expect(keyOf(keyed(), 'a')).toBeUndefined();
  });

  test.each([[''], [5], [null], [{}]])('refuses %j, which no partitioner takes as text', (key) => {
    expect(() =>
      keyOf(
        keyed(() => key),
        'a',
      ),
    ).toThrow(expect.objectContaining({ code: 'PAYLOAD_INVALID' }));
  });

  test('says so when the function throws, with its error as the cause', () => {
    const cause = new TypeError('no such field');
    const key = (): never => {
      throw cause;
    };
    expect(() => keyOf(keyed(key), 'a')).toThrow(expect.objectContaining({ code: 'PAYLOAD_INVALID', cause }));
  });
});
