import { describe, expect, test } from '@jest/globals';
import { stackOf } from './stack.js';

const lines = (error: Error): string[] => stackOf(error)!.split('\n').filter((line) => !line.startsWith('    at ')); // prettier-ignore

describe('the stack of an error', () => {
  test('without a cause is its own, whole', () => {
    const error = new Error('x'.repeat(10_000));
    expect(stackOf(error)).toBe(error.stack);
    expect(stackOf(Object.assign(new Error(), { stack: undefined }))).toBeUndefined();
  });

  test('has those of its causes below it', () => {
    const root = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' });
    const error = new TypeError('fetch failed', { cause: new Error('no route', { cause: root }) });
    expect(lines(error)).toEqual([
      'TypeError: fetch failed',
      'Caused by: Error: no route',
      'Caused by: Error: connect ECONNREFUSED 127.0.0.1:1',
    ]);
    expect(stackOf(error)!.match(/stack\.spec/g)!.length).toBeGreaterThanOrEqual(3);
  });

  test.each([
    ['a text', 'disk full', 'disk full'],
    ['an object without a prototype', Object.create(null), 'a value that cannot be printed'],
    ['a zero', 0, '0'],
  ])('shows a cause that is no error: %s', (_what, cause, shown) => {
    expect(lines(new Error('outer', { cause }))).toEqual(['Error: outer', `Caused by: ${shown}`]);
  });

  test('leaves room for causes, and follows a few of them', () => {
    const error = new Error('long'.repeat(10_000));
    error.cause = error;
    const stack = stackOf(error)!;
    expect(stack.match(/Caused by: /g)).toHaveLength(4);
    expect(stack.length).toBeLessThan(5 * 3_020);
  });
});
