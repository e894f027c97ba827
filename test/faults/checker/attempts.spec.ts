import { describe, expect, test } from '@jest/globals';
import { check } from './checker.js';
import type { Fact, Plan } from './history.js';
import { ONE, RIG, SENDER, Telling, TWO } from './told.fake.js';

const [FAILS_ONCE, FAILS_EVER]: Plan[] = [
  { fails: 1, most: 3, holds: true },
  { fails: 3, most: 3, holds: true },
];

/** A key's messages, told attempt by attempt; a message's record lies at its number. */
class Attempts extends Telling {
  sent(n: number, plan: Plan): this {
    const id = `a-${n}`;
    return this.say(SENDER, { kind: 'sent', id, key: 'a', n, plan })
      .say(SENDER, { kind: 'acked', id })
      .say(RIG, { kind: 'written', id, attempt: 1, ...place(n) });
  }

  /** It runs, and its verdict is said; `undefined`: its process dies before. */
  run(pid: number, attempt: number, status: string | undefined, n = 0): this {
    const facts = { run: this.lines.length, attempt, id: `a-${n}`, key: 'a', n, ...place(n) };
    this.say(pid, { kind: 'start', ...facts });
    if (status === undefined) return this.say(RIG, { kind: 'died', who: pid, how: 'SIGKILL' }).own(pid + 1);
    if (status === 'succeeded') this.say(pid, { kind: 'effect', ...facts });
    return this.say(pid, { kind: 'end', ...facts }).say(RIG, { kind: 'verdict', id: `a-${n}`, status, attempt });
  }

  buried(attempts: number[], code = 'HANDLER_FAILED'): this {
    return this.say(RIG, { kind: 'buried', id: 'a-0', attempts, code });
  }

  noted(attempt: number, inMs: number): this {
    return this.say(RIG, { kind: 'noted', id: 'a-0', attempt, notBeforeMs: this.lines.at(-1)!.at + inMs } satisfies Fact); // prettier-ignore
  }
}

const place = (offset: number) => ({ topic: 'q', partition: 0, offset });
const sent = (plan: Plan | undefined): Attempts => new Attempts().own(ONE).sent(0, plan!);
const damageOf = (told: Telling, repeats = 0): string[] =>
  check(told.lines, { duplicates: 9, repeats, zombies: 0, stuckAfterMs: 1_000 }).damage.map(({ rule, text }) => `${rule}: ${text}`); // prettier-ignore

describe('attempts that add up', () => {
  test.each<[string, Attempts, number]>([
    ['one that succeeds at its second attempt', sent(FAILS_ONCE).run(ONE, 1, 'retrying').run(ONE, 2, 'succeeded'), 0],
    ['one that is buried', sent(FAILS_EVER).run(ONE, 1, 'retrying').run(ONE, 2, 'retrying').run(ONE, 3, 'buried').buried([1, 2, 3]), 0], // prettier-ignore
    ['one whose attempt is made again after a kill', sent(FAILS_ONCE).run(ONE, 1, undefined).run(TWO, 1, 'retrying').run(TWO, 2, 'succeeded'), 1], // prettier-ignore
    ['one whose verdict is sent again because nobody knew whether it was written', sent(FAILS_ONCE).run(ONE, 1, 'retrying').run(ONE, 2, 'succeeded').say(ONE, { kind: 'doubted', id: 'a-0', attempt: 2 }).say(RIG, { kind: 'verdict', id: 'a-0', status: 'succeeded', attempt: 2 }), 0], // prettier-ignore
    ['two in turn', sent(FAILS_ONCE).sent(1, { ...FAILS_ONCE!, fails: 0 }).run(ONE, 1, 'retrying').run(ONE, 2, 'succeeded').run(ONE, 1, 'succeeded', 1).commit(ONE, 2), 0], // prettier-ignore
  ])('%s', (_, told, repeats) => expect(damageOf(told, repeats)).toEqual([]));

  test('are counted, each once', () => {
    const told = sent(FAILS_EVER).run(ONE, 1, undefined).run(TWO, 1, 'retrying').run(TWO, 2, 'retrying').run(TWO, 3, 'buried').buried([1, 2, 3]); // prettier-ignore
    const { counts } = check(told.lines, { duplicates: 0, zombies: 0, stuckAfterMs: 1_000 });
    expect(counts).toMatchObject({ retried: 2, buried: 1, succeeded: 0, repeated: 1 });
  });
});

describe('attempts that do not', () => {
  test.each<[string, Attempts, RegExp]>([
    ['one that is counted anew', sent(FAILS_ONCE).run(ONE, 1, 'retrying').run(ONE, 2, undefined).run(TWO, 1, 'retrying').run(TWO, 2, 'succeeded'), /^miscounted: a-0 .*attempt 1 came after 2/], // prettier-ignore
    ['one that is left out', sent(FAILS_EVER).run(ONE, 1, 'retrying').run(ONE, 3, 'buried').buried([1, 3]), /attempt 3 came without the one before it/], // prettier-ignore
    ['one too many', sent(FAILS_ONCE).run(ONE, 1, 'retrying').run(ONE, 2, 'succeeded').run(ONE, 3, 'succeeded'), /attempt 3 is one too many/], // prettier-ignore
    ['an innocent that is buried', sent(FAILS_ONCE).run(ONE, 1, 'buried').buried([1], 'DELIVERIES_EXCEEDED'), /in the DLQ with DELIVERIES_EXCEEDED/], // prettier-ignore
    ['a history with a gap', sent(FAILS_EVER).run(ONE, 1, 'retrying').run(ONE, 2, 'retrying').run(ONE, 3, 'buried').buried([1, 3]), /the DLQ knows its attempts 1 3/], // prettier-ignore
    ['a burial that is not there', sent(FAILS_EVER).run(ONE, 1, 'retrying').run(ONE, 2, 'retrying').run(ONE, 3, 'buried'), /does not lie in the DLQ/], // prettier-ignore
    ['a burial more than was run', sent(FAILS_EVER).run(ONE, 1, 'retrying').run(ONE, 2, 'retrying').run(ONE, 3, 'buried').buried([1, 2, 3]).buried([1, 2, 3]), /lies in the DLQ 2 times/], // prettier-ignore
    ['a verdict that nobody wrote', sent(FAILS_ONCE).run(ONE, 2, 'succeeded'), /nobody said "retrying 1"/],
    ['a verdict more than was run', sent(FAILS_ONCE).run(ONE, 1, 'retrying').run(ONE, 2, 'succeeded').say(RIG, { kind: 'verdict', id: 'a-0', status: 'succeeded', attempt: 2 }), /"succeeded 2" was said 2 times/], // prettier-ignore
    ['a verdict more than that, for another attempt was in doubt', sent(FAILS_ONCE).run(ONE, 1, 'retrying').say(ONE, { kind: 'doubted', id: 'a-0', attempt: 1 }).run(ONE, 2, 'succeeded').say(RIG, { kind: 'verdict', id: 'a-0', status: 'succeeded', attempt: 2 }), /"succeeded 2" was said 2 times/], // prettier-ignore
    ['one before its time', sent(FAILS_ONCE).run(ONE, 1, 'retrying').noted(2, 100).run(ONE, 2, 'succeeded'), /^early: .*attempt 2 98 ms before its time/], // prettier-ignore
    ['more than may be made again', sent(FAILS_ONCE).run(ONE, 1, undefined).run(TWO, 1, 'retrying').run(TWO, 2, 'succeeded'), /^duplicated: 1 attempts were made again; allowed are 0/], // prettier-ignore
    ['a later one of its key meanwhile', sent(FAILS_ONCE).sent(1, { ...FAILS_ONCE!, fails: 0 }).run(ONE, 1, 'retrying').run(ONE, 1, 'succeeded', 1).run(ONE, 2, 'succeeded'), /^reordered: a-1/], // prettier-ignore
    ['a commit while its lane waits', sent(FAILS_ONCE).run(ONE, 1, 'retrying').pass(10).commit(ONE, 1).pass(10).run(ONE, 2, 'succeeded'), /^commit-unfinished/], // prettier-ignore
  ])('%s', (_, told, expected) => expect(damageOf(told)).toContainEqual(expect.stringMatching(expected)));
});
