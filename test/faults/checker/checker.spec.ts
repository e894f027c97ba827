import { describe, expect, test } from '@jest/globals';
import { check, type Allowance } from './checker.js';
import { ONE, RIG, SENDER, Telling, TWO } from './told.fake.js';

const STRICT: Allowance = { duplicates: 0, zombies: 0, stuckAfterMs: 1_000 };

/** Three messages of one key, run by one process. */
const sound = (): Telling =>
  new Telling()
    .own(ONE)
    .publish('a', 0)
    .publish('a', 1)
    .work(ONE, 'a', 0)
    .commit(ONE, 1)
    .work(ONE, 'a', 1)
    .commit(ONE, 2);

/** One is killed while it works on a-1; two has its partition next. */
const killed = (): Telling => {
  const told = new Telling().own(ONE).publish('a', 0).publish('a', 1).work(ONE, 'a', 0);
  told.start(ONE, 'a', 1).effect();
  return told.say(RIG, { kind: 'died', who: ONE, how: 'SIGKILL' }).own(TWO);
};

/** One is frozen while it works on a-0; two has its partition next. */
const frozen = (): { told: Telling; run: ReturnType<Telling['start']> } => {
  const told = new Telling().own(ONE).publish('a', 0).publish('a', 1);
  const run = told.start(ONE, 'a', 0);
  told.say(RIG, { kind: 'frozen', who: ONE }).own(TWO).work(TWO, 'a', 0);
  return { told, run };
};

const rules = (told: Telling, allowed: Partial<Allowance> = {}): string[] => {
  const { found } = check(told.lines, { ...STRICT, ...allowed });
  return Object.entries(found).flatMap(([rule, number]) => (number > 0 ? [rule] : []));
};

describe('a sound history', () => {
  test('has no damage, and is counted', () => {
    const { damage, counts } = check(sound().lines, STRICT);
    expect(damage).toEqual([]);
    expect(counts).toMatchObject({ published: 2, acknowledged: 2, effects: 2, duplicates: 0, kills: 0 });
  });

  test.each<[string, () => Telling, Partial<Allowance>]>([
    ['a redelivery to the heir of a killed process', () => killed().work(TWO, 'a', 1), { duplicates: 1 }],
    [
      'a redelivery of finished work to the heir',
      () => killed().work(TWO, 'a', 0).work(TWO, 'a', 1),
      { duplicates: 2 },
    ],
    [
      'a send that was refused and is never seen',
      () =>
        sound()
          .say(SENDER, { kind: 'sent', id: 'b-0', key: 'b', n: 0 })
          .say(SENDER, { kind: 'refused', id: 'b-0', code: 'SEND_FAILED' }),
      {},
    ],
    [
      'a second copy after a refusal',
      () =>
        sound()
          .say(SENDER, { kind: 'refused', id: 'a-1', code: 'SEND_FAILED' })
          .say(RIG, { kind: 'written', id: 'a-1', attempt: 1, topic: 'q', partition: 0, offset: 2 })
          .work(ONE, 'a', 1, 2),
      {},
    ],
    [
      'a message that is buried',
      () => {
        const told = new Telling().publish('a', 0);
        told.start(ONE, 'a', 0).end('buried');
        return told;
      },
      {},
    ],
    [
      'an effect that a frozen process had begun',
      () => {
        const { told, run } = frozen();
        run.effect();
        run.end();
        return told.work(TWO, 'a', 1);
      },
      { duplicates: 1, zombies: 1 },
    ],
    [
      'a retry on a partition whose owner has it for longer than its first attempt was owned',
      () => {
        const told = new Telling().own(ONE).own(TWO).publish('a', 0);
        told.start(TWO, 'a', 0).end('retrying');
        return told.work(ONE, 'a', 0, 7);
      },
      {},
    ],
    ['a partition that is idle for long', () => sound().pass(60_000).publish('a', 2).work(ONE, 'a', 2), {}],
    [
      'a commit that comes late and was asked for before',
      () =>
        sound()
          .say(TWO, { kind: 'commit', group: 'q', call: 99, state: 'asked', topic: 'q', partition: 0, offset: 1 })
          .say(TWO, { kind: 'commit', group: 'q', call: 99, state: 'failed', topic: 'q', partition: 0, offset: 1 }),
      {},
    ],
  ])('may have %s', (_what, tell, allowed) => {
    expect(rules(tell(), allowed)).toEqual([]);
  });
});

describe('the checker finds', () => {
  test.each<[string, string[], () => Telling, Partial<Allowance>]>([
    [
      'no outcome',
      ['lost'],
      () => {
        const told = new Telling().publish('a', 0);
        const run = told.start(ONE, 'a', 0);
        run.effect();
        run.end('');
        return told;
      },
      {},
    ],
    [
      'only a promise of another attempt',
      ['lost'],
      () => {
        const told = new Telling().publish('a', 0);
        told.start(ONE, 'a', 0).end('retrying');
        return told;
      },
      {},
    ],
    ['no start', ['lost', 'unseen'], () => sound().publish('b', 0, 5), {}],
    ['one effect too many', ['duplicated'], () => killed().work(TWO, 'a', 0).work(TWO, 'a', 1), { duplicates: 1 }],
    [
      'a record that nobody sent twice',
      ['rewritten'],
      () => sound().say(RIG, { kind: 'written', id: 'a-1', attempt: 1, topic: 'q', partition: 0, offset: 2 }),
      {},
    ],
    [
      'a later message first',
      ['reordered'],
      () => new Telling().publish('a', 0).publish('a', 1).work(ONE, 'a', 1, 0).work(ONE, 'a', 0, 1),
      {},
    ],
    [
      'a later message of a key beside an earlier one',
      ['reordered', 'overlapping'],
      () => {
        const told = new Telling().publish('a', 0).publish('a', 1);
        const run = told.start(ONE, 'a', 0);
        told.work(ONE, 'a', 1);
        run.effect();
        run.end();
        return told;
      },
      {},
    ],
    ['a record again within one ownership', ['reordered'], () => sound().work(ONE, 'a', 1), { duplicates: 1 }],
    [
      'a step back within one ownership',
      ['reordered'],
      () => killed().work(TWO, 'a', 1).work(TWO, 'a', 0),
      { duplicates: 2 },
    ],
    [
      'a key in two live processes',
      ['overlapping'],
      () => {
        const told = new Telling().own(ONE).publish('a', 0);
        const run = told.start(ONE, 'a', 0);
        told.own(TWO).work(TWO, 'a', 0);
        run.end();
        return told;
      },
      {},
    ],
    [
      'a zombie beyond the allowance',
      ['zombie'],
      () => {
        const { told, run } = frozen();
        run.effect();
        run.end();
        return told.work(TWO, 'a', 1);
      },
      { duplicates: 1 },
    ],
    [
      'a zombie that begins late, whatever is allowed',
      ['zombie'],
      () => {
        const { told, run } = frozen();
        run.end();
        const late = told.start(TWO, 'a', 1);
        late.effect();
        late.end();
        return told.work(ONE, 'a', 1);
      },
      { duplicates: 9, zombies: 9 },
    ],
    ['a partition that stands still', ['stuck'], () => new Telling().publish('a', 0).pass(1_500).work(ONE, 'a', 0), {}],
    [
      'a partition that stands still between two',
      ['stuck'],
      () => new Telling().publish('a', 0).publish('a', 1).work(ONE, 'a', 0).pass(1_500).work(ONE, 'a', 1),
      {},
    ],
    [
      'a partition that stands still to the end',
      ['lost', 'stuck'],
      () => {
        const told = new Telling().publish('a', 0);
        told.start(ONE, 'a', 0);
        return told.pass(1_500).say(RIG, { kind: 'said', text: 'over' });
      },
      {},
    ],
    ['a commit that goes backwards', ['commit-backwards'], () => sound().own(TWO).commit(TWO, 1), {}],
    [
      'a commit past what runs',
      ['commit-unfinished'],
      () => {
        const told = new Telling().publish('a', 0);
        const run = told.start(ONE, 'a', 0);
        told.commit(ONE, 1);
        run.effect();
        run.end();
        return told;
      },
      {},
    ],
    [
      'a commit past what has not begun',
      ['commit-unfinished'],
      () => new Telling().publish('a', 0).publish('b', 0, 1).work(ONE, 'b', 0, 1).commit(ONE, 2).work(ONE, 'a', 0),
      {},
    ],
    [
      'a commit before the verdict',
      ['commit-unfinished'],
      () => {
        const told = new Telling().publish('a', 0);
        const run = told.start(ONE, 'a', 0);
        run.effect();
        run.end('');
        return told.commit(ONE, 1).pass(3).say(RIG, { kind: 'verdict', id: 'a-0', status: 'succeeded', attempt: 1 });
      },
      {},
    ],
  ])('%s', (_what, expected, tell, allowed) => {
    expect(rules(tell(), allowed)).toEqual(expected);
  });
});
