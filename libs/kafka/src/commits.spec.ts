import { describe, expect, it } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { SunbeonError } from '@sunbeon/core';
import type { Committed, RoadConsumer } from '@sunbeon/core/ports';
import { FakeClock } from '@sunbeon/testing';
import fc from 'fast-check';
import { Commits } from './commits.js';
import { decodeOffsetMap, encodeOffsetMap } from './offset-map.js';
import { type Owned, Partitions } from './partitions.js';
import { eventually, listen, pass } from './rig.fake.js';

const T = 't';

function build(everyRecords = 1_000) {
  const [clock, events, partitions] = [new FakeClock(), new Events(), new Partitions()];
  const taken: { topic: string; partition: number; offset: number; metadata?: string }[] = [];
  const state: { fails: unknown } = { fails: undefined };
  const consumer = {
    commit(offsets: Parameters<RoadConsumer['commit']>[0]) {
      if (state.fails !== undefined) return Promise.reject(state.fails as Error);
      taken.push(...offsets.map((one) => ({ ...one })));
      return Promise.resolve();
    },
  } as RoadConsumer;
  const commits = new Commits({ group: 'g', clock, events, options: { intervalMs: 500, everyRecords } });
  const ownedOf = (partition: number): Owned => {
    const [at, committed] = [{ topic: T, partition }, undefined];
    if (partitions.find(at) === undefined) partitions.add([{ ...at, committed }]);
    return partitions.find(at)!;
  };
  const finish = (partition: number, offset: number): void => {
    const owned = ownedOf(partition);
    owned.ledger.finish(offset);
    commits.note(owned, consumer);
  };
  /** Notes and finishes, as a consumer does. */
  const done = (partition: number, offset: number): void => {
    ownedOf(partition).ledger.note(offset);
    finish(partition, offset);
  };
  return { clock, events, partitions, taken, state, consumer, commits, ownedOf, finish, done };
}

const AWAY = new Error('away');
const at = (partition: number, offset: number, metadata = '') => ({ topic: T, partition, offset, metadata });

describe('commits', () => {
  it('are batched: one for all that was finished within the interval', async () => {
    const { clock, taken, done } = build();
    [0, 1, 2].forEach((offset) => done(0, offset));
    done(1, 7);
    await clock.advance(499);
    expect(taken).toEqual([]);
    await clock.advance(1);
    expect(taken).toEqual([at(0, 3), at(1, 8)]);
    await clock.advance(10_000);
    expect([taken.length, clock.pending]).toEqual([2, 0]);
  });

  it('go at once when many are finished', async () => {
    const { taken, done } = build(2);
    done(0, 0);
    done(0, 1);
    await eventually(() => taken.length > 0, 'the commit');
    expect(taken).toEqual([at(0, 2)]);
  });

  it('say what is finished above the offset too, also where the offset stays the same', async () => {
    const { clock, taken, ownedOf, finish } = build();
    for (let offset = 5; offset < 12; offset++) ownedOf(0).ledger.note(offset);
    finish(0, 7);
    await clock.advance(500);
    finish(0, 8);
    await clock.advance(500);
    finish(0, 5);
    await clock.advance(500);
    const runs = taken.map(({ offset, metadata }) => [offset, decodeOffsetMap(offset, metadata!)]);
    expect(runs).toEqual([
      [5, [{ from: 7, to: 8 }]],
      [5, [{ from: 7, to: 9 }]],
      [6, [{ from: 7, to: 9 }]],
    ]);
  });

  it('that fail are reported and tried again with what has come since', async () => {
    const { clock, events, taken, state, done } = build();
    const heard = listen(events, 'commit.failed');
    state.fails = AWAY;
    done(0, 0);
    await clock.advance(1_200);
    expect(heard).toHaveLength(2);
    expect(heard[0]![1]).toMatchObject({ group: 'g', error: { message: 'away' } });
    state.fails = undefined;
    done(0, 1);
    await clock.advance(500);
    expect(taken).toEqual([at(0, 2)]);
  });

  it('that end are tried three times, for nobody comes after; nothing is left behind that fires later', async () => {
    const { clock, events, taken, state, consumer, commits, done, ownedOf } = build();
    const heard = listen(events, 'commit.failed');
    done(0, 0);
    state.fails = AWAY;
    await Promise.all([commits.last([ownedOf(0)], consumer), pass(clock, 1_000)]);
    await commits.end();
    state.fails = undefined;
    done(0, 1); // a handler that was left behind
    await clock.advance(10_000);
    expect([taken, heard.length, clock.pending]).toEqual([[], 3, 0]);
  });

  it('that can never succeed are not tried again at the end: the partition has another owner', async () => {
    const { clock, events, state, consumer, commits, done, ownedOf } = build();
    const heard = listen(events, 'commit.failed');
    done(0, 0);
    state.fails = new SunbeonError('NOT_RUNNING', 'not ours');
    await commits.last([ownedOf(0)], consumer);
    expect([heard.length, clock.pending]).toEqual([1, 0]);
  });

  it('of partitions that are lost are not made', async () => {
    const { clock, taken, partitions, ownedOf, done } = build();
    done(0, 0);
    done(1, 0);
    partitions.remove(ownedOf(0));
    await clock.advance(500);
    expect(taken).toEqual([at(1, 1)]);
  });
});

type Step = readonly ['note' | 'finish' | 'lose' | 'commit' | 'fail' | 'restart', number];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom('note', 'note', 'finish', 'finish', 'lose', 'commit', 'fail', 'restart'),
  fc.nat(20),
);

describe('what is committed', () => {
  it('never passes an unfinished record, and says all that is finished above: who takes over runs nothing of it again', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { partitions, taken, state, consumer, commits } = build();
        const partition = { topic: T, partition: 0 };
        let committed: Committed | undefined;
        let [next, end] = [0, 0];
        let open: number[] = [];
        const finished = new Set<number>();
        let said = new Set<number>();
        const owned = (): Owned => {
          if (partitions.find(partition) === undefined) partitions.add([{ ...partition, committed }]);
          return partitions.find(partition)!;
        };
        for (const [what, which] of steps) {
          if (what === 'note') {
            if (next === end) end++;
            const noted = owned().ledger.note(next);
            expect(noted).toBe(said.has(next) ? 'finished' : 'new');
            if (noted === 'new') open.push(next);
            next++;
          }
          if (what === 'finish' && open.length > 0) {
            const [offset] = open.splice(which % open.length, 1);
            owned().ledger.finish(offset!);
            finished.add(offset!);
            commits.note(owned(), consumer);
          }
          if (what === 'lose' || what === 'restart') {
            if (what === 'lose') partitions.remove(owned());
            else await commits.last([owned()], consumer);
            if (what === 'restart') partitions.remove(owned());
            const last = taken.at(-1);
            committed = last && { offset: last.offset, metadata: last.metadata! };
            [open, next] = [[], committed?.offset ?? 0];
          }
          state.fails = what === 'fail' ? AWAY : undefined;
          const before = taken.length;
          if (what === 'commit' || what === 'fail') await commits.flush(consumer);
          state.fails = undefined;
          const now = taken.at(-1);
          if (now === undefined || (taken.length === before && what !== 'restart')) continue;
          const map = decodeOffsetMap(now.offset, now.metadata!);
          const isSaid = (offset: number): boolean => offset < now.offset || map.some(({ from, to }) => from <= offset && offset < to); // prettier-ignore
          said = new Set(Array.from({ length: end }, (_, offset) => offset).filter(isSaid));
          expect([...said].filter((offset) => !finished.has(offset))).toEqual([]);
        }
      }),
      { numRuns: 300 },
    ));

  it('is not said twice', async () => {
    const { taken, consumer, commits, done } = build();
    done(0, 4);
    await Promise.all([commits.flush(consumer), commits.flush(consumer)]);
    await commits.flush(consumer);
    expect(taken).toHaveLength(1);
  });
});

describe('partitions', () => {
  const T0 = { topic: T, partition: 0, committed: undefined };
  const T1 = { topic: T, partition: 1, committed: undefined };

  it('that are given a second time stay as they are, those that were removed begin anew', () => {
    const partitions = new Partitions();
    const [stays, goes] = partitions.add([T0, T1]).added as [Owned, Owned];
    partitions.remove(goes);
    expect([goes.lost, partitions.find(T1)]).toEqual([true, undefined]);
    const { added } = partitions.add([T0, T1]);
    expect([added.length, added[0] === goes, partitions.find(T0) === stays, partitions.size]).toEqual([1, false, true, 2]); // prettier-ignore
  });

  it('begin where the earlier owner left off', () => {
    const partitions = new Partitions();
    const metadata = encodeOffsetMap(5, [{ from: 6, to: 8 }]);
    const [owned] = partitions.add([{ ...T0, committed: { offset: 5, metadata } }]).added;
    expect([5, 6, 7, 8].map((offset) => owned!.ledger.note(offset))).toEqual(['new', 'finished', 'finished', 'new']);
  });

  it('of topics and numbers that look alike are not confused', () => {
    const partitions = new Partitions();
    const all = [['t', 11], ['t1', 1], ['t/1', 1]] as const; // prettier-ignore
    const { added } = partitions.add(all.map(([topic, partition]) => ({ topic, partition, committed: undefined })));
    expect(new Set(added).size).toBe(3);
  });

  it('that began anew are another partition to who holds the old one', () => {
    const partitions = new Partitions();
    const [old] = partitions.add([{ ...T0, committed: { offset: 5, metadata: '' } }]).added as [Owned];
    const anew = partitions.of({ ...T0, offset: 4 })!;
    expect([old.lost, anew.lost, anew.committed, partitions.find(T0) === anew]).toEqual([true, false, undefined, true]);
  });

  it('that are not ours have no records', () => {
    expect(new Partitions().of({ ...T0, offset: 0 })).toBeUndefined();
  });
});
