import { describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import fc from 'fast-check';
import { JournalState } from './journal.js';
import { type ActState, entryRecord, type JournalEntry, readEntry } from './journal-entry.js';
import { countOf, hasOffset, OffsetSet, runsOf } from './offset-set.js';
import { incoming } from './rig.fake.js';

/** Runs of some offsets of some partitions, as an act makes them. */
const places = fc.array(fc.record({ partition: fc.nat(3), offset: fc.oneof(fc.nat(40), fc.nat(2 ** 40)) }), { maxLength: 60 }); // prettier-ignore
const inOrder = (all: readonly { partition: number; offset: number }[]) =>
  [...new Map(all.map((one) => [`${one.partition}/${one.offset}`, one])).values()].sort(
    (a, b) => a.partition - b.partition || a.offset - b.offset,
  );
const runs = places.map((all) => runsOf(inOrder(all)));
const positions = fc.dictionary(fc.nat(9).map(String), fc.nat()).map((all) => new Map(Object.entries(all).map(([p, o]) => [Number(p), o]))); // prettier-ignore

const count = fc.nat();
const state: fc.Arbitrary<ActState> = fc.record({
  id: fc.uuid(),
  verb: fc.constantFrom('replay' as const, 'rerun' as const),
  by: fc.string(),
  source: fc.constantFrom('a.dlq', 'b.dlq'),
  target: fc.constantFrom('a', null),
  plan: fc.constant({ filter: { contract: 'x' } }),
  epoch: fc.nat(5),
  life: fc.uuid(),
  seq: fc.nat(),
  positions,
  ends: positions,
  counts: fc.record({ matched: count, done: count, skipped: count, failed: count }),
  settled: runs,
  pending: fc.option(fc.record({ seq: fc.nat(), offsets: runs, tail: positions }), { nil: undefined }),
  ended: fc.boolean(),
});
const mark = fc.record({ act: fc.uuid(), seq: fc.string(), source: fc.constantFrom('a.dlq', 'b.dlq'), as: fc.constantFrom('replayed' as const, 'discarded' as const), offsets: runs }); // prettier-ignore
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(state.map((act) => ({ act })), mark.map((one) => ({ mark: one }))); // prettier-ignore

function asRead({ key, value }: OutgoingRecord, offset = 0) {
  return incoming({ topic: 'journal', offset, key: Buffer.from(key as string), value: value as Buffer });
}

describe('an entry of the journal', () => {
  it('is read as it was written', () =>
    fc.assert(fc.property(entry, (one) => expect(readEntry(asRead(entryRecord('journal', one)))).toEqual(one))));

  it('of somebody else, or of a later version, is none', () => {
    const none = [null, Buffer.from('!'), Buffer.from('null'), Buffer.from('{"version":2,"act":{}}'), Buffer.from('{"version":1,"act":{}}')]; // prettier-ignore
    for (const value of none) expect(readEntry(incoming({ key: Buffer.from('k'), value }))).toBeUndefined();
  });
});

describe('offsets', () => {
  it('as runs and as a set are those that were put in', () =>
    fc.assert(
      fc.property(places.map(inOrder), places, (all, asked) => {
        const found = runsOf(all);
        const set = new OffsetSet();
        for (const [partition, own] of found) if (partition === 0) set.add(own);
        const names = new Set(all.map(({ partition, offset }) => `${partition}/${offset}`));
        expect(countOf(found)).toBe(all.length);
        for (const { partition, offset } of [...all, ...asked])
          expect(hasOffset(found, partition, offset)).toBe(names.has(`${partition}/${offset}`));
        for (const { offset } of [...all, ...asked]) expect(set.has(offset)).toBe(names.has(`0/${offset}`));
      }),
    ));
});

describe('what the journal says', () => {
  it('of records is the same in whatever order marks stand', () =>
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 6 }), (marks) => {
        const entries = marks.map((one, i) => asRead(entryRecord('journal', { mark: one }), i));
        const [there, back] = [new JournalState('a.dlq'), new JournalState('a.dlq')];
        entries.forEach((one) => there.apply(one));
        entries.toReversed().forEach((one) => back.apply(one));
        for (const { source, as, offsets } of marks) {
          for (const [partition, own] of offsets)
            for (const { from } of own) {
              expect(back.isMarked(as, partition, from)).toBe(there.isMarked(as, partition, from));
              if (source === 'a.dlq') expect(there.isMarked(as, partition, from)).toBe(true);
            }
        }
      }),
    ));

  it('of an act is what its last life said, whatever an earlier one says later', () =>
    fc.assert(
      fc.property(state, fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), (first, epochs) => {
        const journal = new JournalState(first.source, first.id);
        let newest = 0;
        epochs.forEach((epoch, i) => {
          newest = Math.max(newest, epoch);
          const said = { ...first, epoch, life: `life-${epoch}`, seq: i };
          journal.apply(asRead(entryRecord('journal', { act: said }), i));
          expect(journal.actOf(first.id)!.state.life).toBe(`life-${newest}`);
        });
      }),
    ));

  it('of an act that was taken over while it claimed keeps the claim', () => {
    const claim = { seq: 5, offsets: runsOf([{ partition: 0, offset: 7 }]), tail: new Map([[0, 3]]) };
    const base = { ...fc.sample(state, 1)[0]!, id: 'x', source: 'a.dlq', ended: false, epoch: 1, life: 'old' };
    const journal = new JournalState('a.dlq');
    journal.apply(asRead(entryRecord('journal', { act: { ...base, seq: 4, pending: undefined } }), 0));
    journal.apply(asRead(entryRecord('journal', { act: { ...base, seq: 5, pending: claim } }), 1));
    journal.apply(asRead(entryRecord('journal', { act: { ...base, seq: 4, pending: undefined, epoch: 2, life: 'heir' } }), 2)); // prettier-ignore
    expect(journal.actOf('x')).toMatchObject({ claimedAt: 1, state: { life: 'heir', epoch: 2, pending: claim } });
    expect(journal.isClaimed('y', 2, { partition: 0, offset: 7 })).toBe(true);
    expect(journal.isClaimed('y', 1, { partition: 0, offset: 7 })).toBe(false);
    expect(journal.isClaimed('x', 2, { partition: 0, offset: 7 })).toBe(false);
  });

  it('of two that took over at the same time knows the first, also when it has said more and stands behind', () => {
    const base = { ...fc.sample(state, 1)[0]!, id: 'x', source: 'a.dlq', ended: false, epoch: 2, pending: undefined };
    const say = (journal: JournalState, life: string, seq: number, at: number) =>
      journal.apply(asRead(entryRecord('journal', { act: { ...base, life, seq } }), at));
    const journal = new JournalState('a.dlq');
    say(journal, 'winner', 4, 0);
    say(journal, 'loser', 4, 1);
    expect(journal.actOf('x')!.state.life).toBe('winner');
    const compacted = new JournalState('a.dlq');
    say(compacted, 'loser', 4, 1);
    say(compacted, 'winner', 9, 8);
    expect(compacted.actOf('x')!.state.life).toBe('winner');
  });
});
