import { describe, expect, it } from '@jest/globals';
import { RecentResults } from './recent-results.js';
import { incoming } from './rig.fake.js';

const result = (id: string, timestampMs: number, status = 'succeeded', bytes = 0) =>
  incoming({
    key: Buffer.from(id),
    timestampMs,
    headers: { 'sunbeon-status': status },
    value: Buffer.alloc(bytes),
  });

describe('the recent results', () => {
  it('keep the latest of each task; "queued" tells nothing after anything else', () => {
    const recent = new RecentResults({ maxCached: 10, maxCachedBytes: 1e6 });
    expect([recent.add(result('a', 1)), recent.add(result('a', 2, 'queued'))]).toEqual(['a', undefined]);
    expect(recent.get('a')?.timestampMs).toBe(1);
    expect(recent.add(incoming({ key: Buffer.from('b') }))).toBeUndefined();
  });

  it.each([
    ['records', { maxCached: 2, maxCachedBytes: 1e6 }],
    ['bytes', { maxCached: 10, maxCachedBytes: 3_000 }],
  ])('forget the oldest beyond so many %s, and no longer claim to know its time', (_, most) => {
    const recent = new RecentResults(most);
    recent.completeSince(0);
    for (const [id, timeMs] of [['a', 1_000], ['b', 2_000], ['c', 3_000]] as const) recent.add(result(id, timeMs, 'succeeded', 600)); // prettier-ignore
    expect(['a', 'b', 'c'].map((id) => recent.get(id) !== undefined)).toEqual([false, true, true]);
    expect([recent.covers(1_000), recent.covers(1_001)]).toEqual([false, true]);
  });

  it('cover nothing until they are told since when they are whole', () => {
    const recent = new RecentResults({ maxCached: 2, maxCachedBytes: 1e6 });
    expect(recent.covers(Number.MAX_SAFE_INTEGER)).toBe(false);
    recent.completeSince(500);
    expect([recent.covers(499), recent.covers(500)]).toEqual([false, true]);
  });
});
