import { afterEach, describe, expect, it } from '@jest/globals';
import type { Outcome, Verdict } from '@sunbeon/core';
import { CLOSED } from '@sunbeon/core/breaker';
import { Events } from '@sunbeon/core/events';
import type { Clock, Road } from '@sunbeon/core/ports';
import { FakeClock, memoryRoad } from '@sunbeon/testing';
import { BREAKER } from './breaker-options.js';
import { Control } from './control.js';
import { circuitRecord, readCircuit, wishRecord } from './control-records.js';
import type { QueueControl } from './control-queue.js';
import { Produce } from './produce.js';
import { listen, pass } from './rig.fake.js';

const TOPIC = 'sunbeon.control';
const OPTIONS = { ...BREAKER, minAttempts: 2, pauseMs: 1_000, maxPauseMs: 4_000, probes: 1 };
const error = { code: 'HANDLER_FAILED', name: 'Error', message: 'm', retriable: true };
const FAILED = { verdict: { kind: 'bury', error } as Verdict, outcome: { kind: 'failed', error } as Outcome };
const DONE = { verdict: { kind: 'finish', output: null } as Verdict, outcome: { kind: 'done', output: null } as Outcome }; // prettier-ignore
const SOME = { waiting: 1 };

const running: Control[] = [];
afterEach(async () => void (await Promise.all(running.splice(0).map((control) => control.stop()))));

/** Consumers of the queue `math` on one cluster. */
async function cluster() {
  const clock = new FakeClock();
  const road = memoryRoad({ topics: { [TOPIC]: 1 }, clock });
  const produce = new Produce(await road.producer());
  const join = async (over: { road?: Road; clock?: Clock; breaker?: typeof OPTIONS | false } = {}) => {
    const events = new Events();
    const heard = listen(events, 'queue.paused', 'queue.resumed');
    const failures = listen(events, 'control.failed');
    const control = new Control({ road: over.road ?? road, clock: over.clock ?? clock, events, produce, topic: TOPIC, source: 'app', random: () => 0 }); // prettier-ignore
    running.push(control);
    const queue = control.queue('math', over.breaker ?? OPTIONS);
    const start = control.start();
    return { control, queue, heard, failures, start, states: () => heard.map(([name, facts]) => ('state' in facts ? facts.state : name)) }; // prettier-ignore
  };
  const member = async (over: Parameters<typeof join>[0] = {}) => {
    const joined = await join(over);
    await joined.start;
    return joined;
  };
  const attempt = (queue: QueueControl, of: typeof FAILED, work: object = {}) => {
    queue.began(work);
    queue.judged(work, { ...of, nowMs: clock.now() });
    queue.ended(work);
  };
  const trip = async (queue: QueueControl) => {
    for (let n = 0; n < 2; n++) attempt(queue, FAILED);
    await pass(clock, 100);
  };
  const say = (...records: Parameters<Produce['send']>[0]) => produce.send(records).then(() => pass(clock, 100));
  const written = () => road.dumpTopic(TOPIC).map(({ value }) => readCircuit(value).state);
  return { clock, road, join, member, attempt, trip, say, written };
}

describe('the control topic', () => {
  it('tells all consumers that one has tripped, and those that start later', async () => {
    const { clock, member, trip } = await cluster();
    const [one, two] = [await member(), await member()];
    expect([one, two].map(({ queue }) => queue.mayBegin(SOME))).toEqual([true, true]);
    await trip(one.queue);
    const three = await member();
    for (const { queue, heard } of [one, two, three]) {
      expect(queue.mayBegin(SOME)).toBe(false);
      expect(heard).toEqual([['queue.paused', expect.objectContaining({ queue: 'math', state: 'open', reason: '2 of 2 attempts failed within 60 s', untilMs: clock.now() + 900 })]]); // prettier-ignore
    }
  });

  it('has one consumer probe after the pause, which ends it for all', async () => {
    const { clock, member, attempt, trip, written } = await cluster();
    const [one, two] = [await member(), await member()];
    await trip(one.queue);
    await pass(clock, 1_000);
    expect([one, two].map(({ queue }) => queue.mayBegin(SOME))).toEqual([false, false]); // both ask
    await pass(clock, 100);
    expect([one, two].map(({ queue }) => queue.mayBegin(SOME))).toEqual([true, false]);
    attempt(one.queue, DONE);
    await pass(clock, 100);
    expect([one, two].map(({ queue }) => queue.mayBegin(SOME))).toEqual([true, true]);
    expect(two.states()).toEqual(['open', 'half-open', 'queue.resumed']);
    expect(written()).toEqual(['open', 'half-open', 'half-open', 'closed']);
  });

  it('is asked for probes only by who has something to probe with, and wakes him when the pause is over', async () => {
    const { clock, member, trip, written } = await cluster();
    const { queue } = await member();
    let waiting = 0;
    queue.whenOpen(() => void queue.mayBegin({ waiting }));
    await trip(queue);
    await pass(clock, 5_000);
    expect(written()).toEqual(['open']);
    waiting = 1;
    queue.mayBegin({ waiting });
    await pass(clock, 100);
    expect(written()).toEqual(['open', 'half-open']);
  });

  it('is asked for probes also where timers go off early, and the clock is set back', async () => {
    const { clock, road, member, trip } = await cluster();
    let skewMs = 0;
    const hasty = { now: () => clock.now() - skewMs, after: (ms: number, fn: () => void) => clock.after(Math.floor(ms) - 1, fn) }; // prettier-ignore
    const { queue } = await member({ clock: hasty });
    queue.whenOpen(() => void queue.mayBegin(SOME));
    await trip(queue);
    skewMs = 500;
    await pass(clock, 1_700);
    expect([queue.paused?.state, road.dumpTopic(TOPIC).length]).toEqual(['half-open', 2]);
  });

  it('keeps the queue paused for twice as long after a probe that failed', async () => {
    const { clock, member, attempt, trip } = await cluster();
    const { queue, states } = await member();
    queue.whenOpen(() => queue.mayBegin(SOME) && queue.paused && attempt(queue, FAILED));
    await trip(queue);
    await pass(clock, 1_100);
    expect([states(), queue.paused?.untilMs]).toEqual([['open', 'half-open', 'open'], expect.any(Number)]);
    expect(queue.paused!.untilMs! - queue.paused!.atMs).toBe(2_000);
  });

  it('has another consumer probe when the one who asked for it is gone, and every one after its restart', async () => {
    const { clock, member, attempt, trip } = await cluster();
    const [one, two] = [await member(), await member()];
    await trip(one.queue);
    await pass(clock, 1_000);
    one.queue.mayBegin(SOME);
    await pass(clock, 100);
    one.queue.began({});
    await one.control.stop(); // a process that is killed says no more
    two.queue.whenOpen(() => two.queue.mayBegin(SOME) && two.queue.paused && attempt(two.queue, DONE));
    const late = await member();
    expect([two, late].map(({ queue }) => queue.paused?.state)).toEqual(['half-open', 'half-open']);
    await pass(clock, 1_200);
    expect([two, late].map(({ queue }) => queue.paused)).toEqual([undefined, undefined]);
  });

  it('lets a person pause and resume; no probe and no breaker ends that', async () => {
    const { clock, member, trip, attempt, say } = await cluster();
    const [one, two] = [await member(), await member({ breaker: false })];
    await trip(one.queue);
    await say(wishRecord(TOPIC, 'math', { state: 'paused', atMs: 7, reason: 'the bank is closed', by: 'ana' }));
    await pass(clock, 5_000);
    attempt(one.queue, DONE);
    await say(circuitRecord(TOPIC, 'math', { ...CLOSED, epoch: 9, by: 'other' }));
    for (const { queue } of [one, two]) {
      expect(queue.mayBegin(SOME)).toBe(false);
      expect(queue.paused).toEqual({
        queue: 'math',
        state: 'paused',
        reason: 'the bank is closed',
        by: 'ana',
        atMs: 7,
      });
    }
    await say(wishRecord(TOPIC, 'math', { state: 'released', atMs: clock.now(), reason: 'open again', by: 'ben' }));
    for (const { queue, heard } of [one, two]) {
      expect(queue.mayBegin(SOME)).toBe(true);
      expect(heard.at(-1)).toEqual(['queue.resumed', expect.objectContaining({ by: 'ben', reason: 'open again' })]);
    }
    expect(two.states()).toEqual(['paused', 'queue.resumed']); // it heeds no breaker
  });

  it('holds nothing where a record makes no sense, and says so', async () => {
    const { member, trip, say } = await cluster();
    const { queue, failures } = await member();
    await trip(queue);
    const garbage = { topic: TOPIC, partition: 0, headers: {}, value: Buffer.from('{') };
    await say({ ...garbage, key: 'queue/math/person' }, { ...garbage, key: 'queue/other' }, { ...garbage, key: null });
    expect([queue.paused?.state, failures.length]).toEqual(['open', 1]);
    await say({ ...garbage, key: 'queue/math' });
    expect([queue.mayBegin(SOME), failures.length]).toEqual([true, 2]);
    expect(failures[0]![1]).toMatchObject({ topic: TOPIC, error: { code: 'RECORD_UNREADABLE' } });
  });

  it('is waited for at the start, for ten seconds', async () => {
    const { clock, road, join, say } = await cluster();
    await say(wishRecord(TOPIC, 'math', { state: 'paused', atMs: 7, reason: '', by: 'ana' }));
    let isAway = true;
    const reader: Road['reader'] = (options) => (isAway ? Promise.reject(new Error('away')) : road.reader(options));
    const { queue, failures, heard } = await join({ road: { ...road, reader } });
    await pass(clock, 9_900);
    expect([queue.mayBegin(SOME), failures.length]).toEqual([false, 2]);
    await pass(clock, 100);
    expect([queue.mayBegin(SOME), heard]).toEqual([true, []]); // it stops nothing
    isAway = false;
    await pass(clock, 5_000);
    expect(queue.mayBegin(SOME)).toBe(false);
  });

  it('that cannot be written leaves a breaker to its consumer alone, and is tried again', async () => {
    const { clock, road, member, attempt, trip, written } = await cluster();
    const { queue, failures } = await member();
    road.failSends(({ topic }) => topic === TOPIC);
    await trip(queue);
    expect([queue.paused?.state, failures.length]).toEqual(['open', 1]);
    await pass(clock, 1_000);
    expect(queue.mayBegin(SOME)).toBe(false); // asks
    await pass(clock, 2_000);
    expect(queue.mayBegin(SOME)).toBe(true); // nobody answers
    attempt(queue, DONE);
    expect(queue.paused).toBeUndefined();
    road.failSends(0);
    await pass(clock, 5_000);
    expect(written()).toEqual(['closed']); // what holds now, not what held
  });

  it('gets no word of ours that could not be written before somebody else has said another one', async () => {
    const { clock, road, member, trip, say, written } = await cluster();
    const { queue } = await member();
    road.failSends(({ value }) => readCircuit(value as Buffer).by !== 'ana');
    await trip(queue);
    await say(circuitRecord(TOPIC, 'math', { ...CLOSED, epoch: 5, by: 'ana' }));
    road.failSends(0);
    await pass(clock, 5_000);
    expect([written(), queue.mayBegin(SOME)]).toEqual([['closed'], true]);
  });

  it('is let go of at the stop, with no timer left', async () => {
    const { clock, member, trip } = await cluster();
    const { control, queue } = await member();
    await trip(queue);
    await control.stop();
    expect(clock.pending).toBe(0);
  });
});
