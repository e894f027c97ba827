import { describe, expect, it } from '@jest/globals';
import { Linger } from './linger.js';

/** Requests as they leave when `arriving` records per millisecond come and `standing` are always there already. */
function run(
  linger: Linger,
  { standing, arriving, requests }: { standing: number; arriving: number; requests: number },
) {
  const waits: number[] = [];
  for (let i = 0; i < requests; i++) {
    const waitedMs = linger.msFor(standing);
    linger.leaves({ waitedMs, before: standing, all: standing + arriving * waitedMs });
    waits.push(waitedMs);
  }
  return waits;
}

describe('a request waits for more records', () => {
  it('never while it is quiet', () => {
    expect(new Set(run(new Linger(5), { standing: 8, arriving: 8, requests: 1_000 }))).toEqual(new Set([0]));
  });

  it('longer and longer while each millisecond makes it larger, and 5 ms at most', () => {
    const waits = run(new Linger(5), { standing: 20, arriving: 10, requests: 50 });
    expect(waits.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 5]);
    expect(Math.max(...waits)).toBe(5);
  });

  it('no longer than it takes to be large', () => {
    expect(Math.max(...run(new Linger(5), { standing: 60, arriving: 50, requests: 50 }))).toBe(1);
    expect(Math.max(...run(new Linger(5), { standing: 100, arriving: 50, requests: 50 }))).toBe(0);
  });

  it('hardly ever when it brings nothing: all callers wait for their acknowledgement', () => {
    const waits = run(new Linger(5), { standing: 50, arriving: 0, requests: 650 });
    expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(10);
  });

  it('not at all when it is told so', () => {
    expect(new Set(run(new Linger(0), { standing: 50, arriving: 50, requests: 100 }))).toEqual(new Set([0]));
  });

  it('not any more as soon as it is quiet again', () => {
    const linger = new Linger(5);
    run(linger, { standing: 20, arriving: 10, requests: 20 });
    expect(linger.msFor(1)).toBe(5);
    linger.leaves({ waitedMs: 5, before: 1, all: 6 });
    expect(linger.msFor(1)).toBe(0);
  });
});
