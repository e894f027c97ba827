import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { Lookups } from './lookups.js';
import { eventually, incoming } from './rig.fake.js';

interface Reading {
  readonly ids: ReadonlySet<string>;
  readonly sinceMs: number;
  readonly resolve: (found: ReadonlyMap<string, IncomingRecord>) => void;
  readonly reject: (error: Error) => void;
}

/** Lookups whose readings end when told. */
function build() {
  const readings: Reading[] = [];
  const lookups = new Lookups((ids, sinceMs) => {
    const { promise, resolve, reject } = Promise.withResolvers<ReadonlyMap<string, IncomingRecord>>();
    readings.push({ ids, sinceMs, resolve, reject });
    return promise;
  });
  const begun = (count: number) => eventually(() => readings.length === count, `${count} readings`);
  return { lookups, readings, begun };
}

describe('lookups', () => {
  it('asked at once are one reading, from the earliest moment asked for', async () => {
    const { lookups, readings, begun } = build();
    const all = Promise.all([lookups.find('a', 500), lookups.find('b', 200), lookups.find('c', 900)]);
    await begun(1);
    const b = incoming({ offset: 7 });
    readings[0]!.resolve(new Map([['b', b]]));
    expect(await all).toEqual([undefined, b, undefined]);
    expect([[...readings[0]!.ids], readings[0]!.sinceMs, readings.length]).toEqual([['a', 'b', 'c'], 200, 1]);
  });

  it('asked during a reading share the next, which begins when that one has ended', async () => {
    const { lookups, readings, begun } = build();
    const first = lookups.find('a', 100);
    await begun(1);
    const later = ['a', 'b', 'c'].map((id) => lookups.find(id, 300));
    for (let turn = 0; turn < 10; turn++) await new Promise((resume) => setImmediate(resume));
    expect([readings.length, [...readings[0]!.ids]]).toEqual([1, ['a']]);
    readings[0]!.resolve(new Map());
    expect(await first).toBeUndefined();
    await begun(2);
    const a = incoming({ offset: 1 });
    readings[1]!.resolve(new Map([['a', a]]));
    expect(await Promise.all(later)).toEqual([a, undefined, undefined]);
    expect([[...readings[1]!.ids], readings[1]!.sinceMs]).toEqual([['a', 'b', 'c'], 300]);
  });

  it('fail with their own reading only', async () => {
    const { lookups, readings, begun } = build();
    const failing = Promise.allSettled([lookups.find('a', 0), lookups.find('b', 0)]);
    await begun(1);
    const next = lookups.find('c', 0);
    readings[0]!.reject(new Error('The broker is away.'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await begun(2);
    const c = incoming();
    readings[1]!.resolve(new Map([['c', c]]));
    expect(await next).toBe(c);
  });
});
