import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { didYouMean, refuseUnknownOptions } from './options.js';

describe('didYouMean', () => {
  test.each([
    ['a letter missing', 'queu', 'queue'],
    ['a letter too much', 'queuee', 'queue'],
    ['a wrong letter', 'qzeue', 'queue'],
    ['two letters swapped', 'qeuue', 'queue'],
    ['another case', 'QUEUE', 'queue'],
    ['a third of a long word', 'image.thumnails', 'image.thumbnail'],
  ])('%s', (_what, word, meant) => {
    expect(didYouMean(word, ['name', 'queue', 'image.thumbnail'])).toBe(`Did you mean "${meant}"?`);
  });

  test('takes the nearest, and of equals the first', () => {
    expect(didYouMean('retr', ['ret', 'retry', 'retries'])).toBe('Did you mean "ret"?');
    expect(didYouMean('abdc', ['abxx', 'abcd'])).toBe('Did you mean "abcd"?');
    expect(didYouMean('math.ad', ['math.all', 'math.add'])).toBe('Did you mean "math.add"?');
  });

  test('is silent when nothing is near, or nothing is there', () => {
    expect(didYouMean('timeout', ['queue', 'name'])).toBeUndefined();
    expect(didYouMean('x', [])).toBeUndefined();
    expect(didYouMean('c', ['a', 'b'])).toBeUndefined(); // nothing in common
  });

  test('finds a word again that one slip has changed', () => {
    const slip = fc
      .string({ minLength: 4, maxLength: 30, unit: fc.constantFrom(...'abcdefghij') })
      .chain((word) => fc.tuple(fc.constant(word), fc.nat({ max: word.length - 1 })));
    fc.assert(
      fc.property(slip, ([word, at]) => {
        const typed = word.slice(0, at) + word.slice(at + 1);
        return didYouMean(typed, [word]) === `Did you mean "${word}"?`;
      }),
    );
  });

  test('a megabyte from a stranger is not compared letter by letter', () => {
    const began = process.cpuUsage();
    expect(didYouMean('x'.repeat(1_000_000), ['a'.repeat(200)])).toBeUndefined();
    expect(process.cpuUsage(began).user).toBeLessThan(1_000_000);
  });
});

describe('refuseUnknownOptions', () => {
  test('lets the known ones pass', () => {
    expect(() => refuseUnknownOptions({ a: 1, b: undefined }, ['a', 'b', 'c'], 'here')).not.toThrow();
  });

  test('names the option, the place and the nearest known one', () => {
    expect(() => refuseUnknownOptions({ timeoutMS: 1 }, ['timeoutMs'], 'task "math.add"')).toThrow(
      expect.objectContaining({
        code: 'OPTION_UNKNOWN',
        message: 'task "math.add": nobody reads the option "timeoutMS". Did you mean "timeoutMs"?',
        facts: { option: 'timeoutMS', where: 'task "math.add"' },
      }),
    );
  });

  test('lists the known ones when none is near', () => {
    expect(() => refuseUnknownOptions({ colour: 1 }, ['name', 'queue'], 'here')).toThrow('Known options: name, queue.');
  });
});
