import { expect, test } from '@jest/globals';
import { check } from './checker.js';
import { ONE, RIG, SENDER, Telling } from './told.fake.js';

/** A topic with two messages that were run. */
const sound = (): Telling =>
  new Telling().own(ONE).publish('a', 0).publish('a', 1).work(ONE, 'a', 0).work(ONE, 'a', 1).commit(ONE, 2);

test.each<[string, () => Telling]>([
  [
    'a topic that is deleted and made again',
    () =>
      sound()
        .publish('a', 2)
        .say(RIG, { kind: 'topic-gone', topic: 'q' })
        .publish('a', 3, 0)
        .own(ONE)
        .work(ONE, 'a', 3, 0)
        .commit(ONE, 1),
  ],
  [
    'a message of whose acknowledgement its sender hears when the topic is gone: run, or gone with it',
    () => {
      const told = sound();
      for (const n of [2, 3]) told.say(SENDER, { kind: 'sent', id: `a-${n}`, key: 'a', n });
      const run = told.start(ONE, 'a', 2);
      told.say(RIG, { kind: 'topic-gone', topic: 'q' });
      for (const n of [2, 3]) told.say(SENDER, { kind: 'acked', id: `a-${n}` });
      run.effect();
      run.end();
      return told.commit(ONE, 3).publish('a', 4, 0).own(ONE).work(ONE, 'a', 4, 0).commit(ONE, 1);
    },
  ],
  [
    'a commit of what a process knew of a topic before it was made again',
    () =>
      sound()
        .say(RIG, { kind: 'topic-gone', topic: 'q' })
        .commit(ONE, 2)
        .publish('a', 2, 0)
        .publish('a', 3, 1)
        .work(ONE, 'a', 2, 0)
        .commit(ONE, 1)
        .work(ONE, 'a', 3, 1),
  ],
  [
    'a commit before the first record of a topic that was made again is begun',
    () =>
      sound()
        .say(RIG, { kind: 'topic-gone', topic: 'q' })
        .publish('a', 2, 0)
        .say(ONE, { kind: 'reread', topic: 'q', partition: 0, offset: 0 })
        .commit(ONE, 0)
        .work(ONE, 'a', 2, 0)
        .commit(ONE, 1),
  ],
])('a sound history may have %s', (_what, tell) => {
  expect(check(tell().lines, { duplicates: 0, zombies: 0, stuckAfterMs: 1_000 }).damage).toEqual([]);
});

test('what is acknowledged after a topic was made again, and lies nowhere, is lost', () => {
  const told = sound().say(RIG, { kind: 'topic-gone', topic: 'q' });
  told.say(SENDER, { kind: 'sent', id: 'a-2', key: 'a', n: 2 }).say(SENDER, { kind: 'acked', id: 'a-2' });
  const { damage } = check(told.lines, { duplicates: 0, zombies: 0, stuckAfterMs: 1_000 });
  expect(damage.map(({ rule }) => rule)).toEqual(['lost', 'unseen']);
});
