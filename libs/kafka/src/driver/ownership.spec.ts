import { describe, expect, it } from '@jest/globals';
import { Ownership } from './ownership.js';

const parts = (...partitions: number[]) => partitions.map((partition) => ({ topic: 't', partition }));
const numbers = (list: readonly { partition: number }[]) => list.map(({ partition }) => partition).sort();

function member(...partitions: number[]) {
  const ownership = new Ownership();
  ownership.change('m', 1, parts(...partitions));
  ownership.take(parts(...partitions));
  return ownership;
}

describe('what a member has', () => {
  it('stays, comes, or goes with a new assignment; what goes is claimed and may be committed until it is drained', () => {
    const ownership = member(0, 1);
    const { kept, gone, returning, fresh } = ownership.change('m', 2, parts(1, 2));
    expect([kept, gone, returning, fresh].map(numbers)).toEqual([[1], [0], [], [2]]);
    expect(ownership.claims()).toMatchObject({ generation: 2, owned: gone.length ? kept : [], leaving: gone });
    expect([0, 1, 2].map((n) => ownership.holds(parts(n)[0]!))).toEqual([false, true, false]);
    expect(ownership.get(parts(0)[0]!)).toBe(gone[0]);
    expect(ownership.release(gone)).toEqual(gone);
    expect(ownership.get(parts(0)[0]!)).toBeUndefined();
    expect(numbers(ownership.claims().leaving)).toEqual([]);
  });

  it('comes back anew, not as it was, when it is given back while it is drained', () => {
    const ownership = member(0);
    const { gone } = ownership.change('m', 2, []);
    const change = ownership.change('m', 3, parts(0));
    expect([change.kept, change.gone, change.returning, change.fresh].map(numbers)).toEqual([[], [], [0], []]);
    expect(ownership.release(gone)).toEqual(gone);
    expect(ownership.isAssigned(parts(0)[0]!)).toBe(true);
    ownership.take(parts(0));
    expect(ownership.get(parts(0)[0]!)).not.toBe(gone[0]);
  });

  it('is lost with the membership: a drain that ends later lets nothing go', () => {
    const ownership = member(0, 1);
    const { gone } = ownership.change('m', 2, parts(1));
    expect(ownership.loseUnless('m')).toEqual([]);
    expect(numbers(ownership.loseUnless(null))).toEqual([0, 1]);
    expect(ownership.claims()).toMatchObject({ owned: [], leaving: [] });
    ownership.change('n', 9, parts(0));
    ownership.take(parts(0));
    expect(ownership.release(gone)).toEqual([]);
    expect(ownership.holds(parts(0)[0]!)).toBe(true);
  });

  it('is not claimed before it was handed over', () => {
    const ownership = new Ownership();
    expect(numbers(ownership.change('m', 1, parts(0)).fresh)).toEqual([0]);
    expect(ownership.claims().owned).toEqual([]);
    expect(numbers(ownership.change('m', 2, parts(0)).fresh)).toEqual([0]);
  });
});
