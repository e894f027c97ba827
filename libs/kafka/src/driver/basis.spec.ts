import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { basisOf, decodeBasis, encodeBasis, isPresent } from './basis.js';

const wanted = (counts: Record<string, number>) => new Map(Object.entries(counts).map(([topic, count]) => [topic, [...new Array<number>(count).keys()]])); // prettier-ignore
const at = (topic: string, partition: number) => ({ topic, partition });
const counts = new Map([['a', 2], ['b', 1], ['c', 9]]); // prettier-ignore
const member = (owned: readonly number[], leaving: readonly number[] = []) => {
  const claims = { generation: 4, owned: owned.map((n) => at('a', n)), leaving: leaving.map((n) => at('a', n)) };
  return { topics: new Set(['a', 'b']), claims };
};
const travelled = (...args: Parameters<typeof basisOf>) => decodeBasis(encodeBasis(basisOf(...args)));

describe('what an assignment was made of', () => {
  it('is present for a member that wants the same', () => {
    const basis = travelled(member([0]), [at('a', 0), at('b', 0)], counts);
    expect(isPresent(basis, wanted({ a: 2, b: 1 }))).toBe(true);
    expect(isPresent(basis, wanted({ b: 1, a: 2 }))).toBe(true);
  });

  it.each([
    ['another topic', { a: 2, b: 1, c: 9 }],
    ['one topic less', { a: 2 }],
    ['one topic for another', { a: 2, c: 1 }],
    ['a topic that has more partitions now', { a: 3, b: 1 }],
  ])('is not for one that wants %s', (_, now) => {
    expect(isPresent(travelled(member([]), [], counts), wanted(now))).toBe(false);
  });

  it('is not for the heir of one that had to let go, had it begun or not', () => {
    expect(isPresent(travelled(member([0, 1]), [at('a', 0)], counts), wanted({ a: 2, b: 1 }))).toBe(false);
    expect(isPresent(travelled(member([0], [1]), [at('a', 0)], counts), wanted({ a: 2, b: 1 }))).toBe(false);
    expect(isPresent(travelled(member([0], [1]), [at('a', 0), at('a', 1)], counts), wanted({ a: 2, b: 1 }))).toBe(true);
  });

  it('is not if nobody knows', () => {
    expect(isPresent(undefined, wanted({}))).toBe(false);
    expect(decodeBasis(null)).toBeUndefined();
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (bytes) => {
        const basis = decodeBasis(Buffer.from(bytes));
        expect(basis === undefined || basis.counts instanceof Map).toBe(true);
      }),
    );
  });
});
