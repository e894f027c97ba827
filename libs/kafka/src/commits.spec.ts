import { describe, expect, it } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import type { RoadConsumer } from '@sunbeon/core/ports';
import { FakeClock } from '@sunbeon/testing';
import fc from 'fast-check';
import { Commits } from './commits.js';
import { Partitions } from './partitions.js';
import { eventually, listen } from './rig.fake.js';

const T = 't';

function build(everyRecords = 1_000) {
  const [clock, events, partitions] = [new FakeClock(), new Events(), new Partitions()];
  const taken: { topic: string; partition: number; offset: number }[] = [];
  const state = { fails: false };
  const consumer = {
    commit(offsets: Parameters<RoadConsumer['commit']>[0]) {
      if (state.fails) return Promise.reject(new Error('away'));
      taken.push(...offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset })));
      return Promise.resolve();
    },
  } as RoadConsumer;
  const commits = new Commits('g', partitions, { clock, events, options: { intervalMs: 500, everyRecords } });
  /** Notes and finishes, as a consumer does. */
  const finish = (partition: number, offset: number): void => {
    const owned = partitions.get({ topic: T, partition });
    owned.ledger.note(offset);
    owned.ledger.finish(offset);
    commits.note(consumer);
  };
  return { clock, events, partitions, taken, state, consumer, commits, finish };
}

describe('commits', () => {
  it('are batched: one for all that was finished within the interval', async () => {
    const { clock, taken, finish } = build();
    [0, 1, 2].forEach((offset) => finish(0, offset));
    finish(1, 7);
    await clock.advance(499);
    expect(taken).toEqual([]);
    await clock.advance(1);
    expect(taken).toEqual([
      { topic: T, partition: 0, offset: 3 },
      { topic: T, partition: 1, offset: 8 },
    ]);
    await clock.advance(10_000);
    expect([taken.length, clock.pending]).toEqual([2, 0]);
  });

  it('go at once when many are finished', async () => {
    const { taken, finish } = build(2);
    finish(0, 0);
    finish(0, 1);
    await eventually(() => taken.length > 0, 'the commit');
    expect(taken).toEqual([{ topic: T, partition: 0, offset: 2 }]);
  });

  it('that fail are reported and tried again with what has come since', async () => {
    const { clock, events, taken, state, finish } = build();
    const heard = listen(events, 'commit.failed');
    state.fails = true;
    finish(0, 0);
    await clock.advance(1_200);
    expect(heard).toHaveLength(2);
    expect(heard[0]![1]).toMatchObject({ group: 'g', error: { message: 'away' } });
    state.fails = false;
    finish(0, 1);
    await clock.advance(500);
    expect(taken).toEqual([{ topic: T, partition: 0, offset: 2 }]);
  });

  it('end with one last try: nothing is left behind that fires later', async () => {
    const { clock, taken, state, consumer, commits, finish } = build();
    finish(0, 0);
    state.fails = true;
    await commits.end(consumer);
    state.fails = false;
    finish(0, 1); // a handler that was left behind
    await clock.advance(10_000);
    expect([taken, clock.pending]).toEqual([[], 0]);
  });
});

type Step = readonly ['note' | 'finish' | 'lose' | 'commit', number];
const step: fc.Arbitrary<Step> = fc.tuple(fc.constantFrom('note', 'finish', 'finish', 'lose', 'commit'), fc.nat(20));

describe('what is committed', () => {
  it('never passes an unfinished record, and nothing of a partition that was taken away', () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { partitions, taken, consumer, commits } = build();
        let next = 0;
        let open: number[] = [];
        for (const [what, which] of steps) {
          const owned = partitions.get({ topic: T, partition: 0 });
          if (what === 'note') open.push((owned.ledger.note(next), next++));
          if (what === 'finish' && open.length > 0) owned.ledger.finish(open.splice(which % open.length, 1)[0]!);
          if (what === 'lose') [open] = [(partitions.assign([]), [])];
          if (what !== 'commit') continue;
          const before = taken.length;
          await commits.flush(consumer);
          const lowest = Math.min(next, ...open);
          for (const { offset } of taken.slice(before)) expect(offset).toBe(lowest);
          if (open.length === 0 && owned.ledger.committable !== undefined) expect(owned.committed).toBe(next);
        }
      }),
    ));

  it('is not said twice', async () => {
    const { taken, consumer, commits, finish } = build();
    finish(0, 4);
    await Promise.all([commits.flush(consumer), commits.flush(consumer)]);
    await commits.flush(consumer);
    expect(taken).toHaveLength(1);
  });
});

describe('partitions', () => {
  it('that stay keep their ledger, those that go are lost and begin anew when they come back', () => {
    const partitions = new Partitions();
    const [stays, goes] = [0, 1].map((partition) => partitions.get({ topic: T, partition }));
    stays!.paused = true;
    expect(partitions.assign([{ topic: T, partition: 0 }])).toEqual({ lost: [goes] });
    expect([stays!.lost, stays!.paused, goes!.lost]).toEqual([false, false, true]);
    expect(partitions.get(stays!)).toBe(stays);
    partitions.assign([stays!, { topic: T, partition: 1 }]);
    expect([partitions.size, [...partitions.all()].length]).toEqual([2, 2]);
    expect(partitions.get(goes!)).not.toBe(goes);
  });

  it('of topics and numbers that look alike are not confused', () => {
    const partitions = new Partitions();
    const all = [['t', 11], ['t1', 1], ['t/1', 1]] as const; // prettier-ignore
    const owned = all.map(([topic, partition]) => partitions.get({ topic, partition }));
    expect(new Set(owned).size).toBe(3);
  });

  it('that began anew are another partition to who holds the old one', () => {
    const partitions = new Partitions();
    const old = partitions.get({ topic: T, partition: 0 });
    old.committed = 5;
    const anew = partitions.of({ topic: T, partition: 0, offset: 4 });
    expect([old.lost, anew.lost, anew.committed, partitions.get(old) === anew]).toEqual([true, false, undefined, true]);
  });
});
