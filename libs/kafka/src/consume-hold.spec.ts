import { describe, expect, it } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { headerText } from '@sunbeon/core/headers';
import type { HoldOptions } from '@sunbeon/core/hold';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import { bindingOf, buildRig, consumeDependencies, ended, eventually, outgoing, pass, type Rig } from './rig.fake.js';

const taskOf = (hold: HoldOptions, delaysMs = [1_000]) => defineTask({ name: 'add', queue: 'math', input: 'double', retry: { delaysMs }, hold }); // prettier-ignore

/** A consumer whose handler fails as often as told for a payload; `ran` notes payload and attempt. */
async function consumerOn(rig: Rig, task: ReturnType<typeof taskOf>, failures: Record<number, number>) {
  const ran: string[] = [];
  const binding = bindingOf(task, (payload, { attempt }) => {
    ran.push(`${String(payload)}#${attempt}`);
    if (attempt <= (failures[payload as number] ?? 0)) throw new Error('not now');
    return Promise.resolve(null);
  });
  const consume = new Consume(rig.route, consumeDependencies(rig, [binding]));
  await consume.start();
  return { ran, consume, stop: () => ended(rig.clock, consume) };
}

const send = (rig: Rig, ...keyed: [number, string][]) =>
  rig.producer.send(keyed.map(([n, key]) => outgoing(String(n), { key, partition: 0, headers: { ce_id: `id-${n}` } })));
const dead = (rig: Rig) => rig.road.dumpTopic('math.dlq').map(({ value, headers }) => `${value!.toString()} ${headerText(headers, 'sunbeon-error-code')}`); // prettier-ignore
/** The notes that are true: the last of each place. */
const notes = (rig: Rig) => {
  const last = new Map(rig.road.dumpTopic(rig.route.held).map(({ key, value }) => [key!.toString(), value]));
  return [...last].filter(([, value]) => value !== null).map(([mark]) => mark);
};

describe('a lane that waits for a failed message', () => {
  it('runs nothing behind it before it is done; other lanes flow; its offset stays', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({}), { 1: 1 });
    await send(rig, [1, 'k'], [2, 'k'], [3, 'l'], [4, 'k']);
    await pass(rig.clock, 999);
    expect(ran).toEqual(['1#1', '3#1']);
    expect([await rig.committed(), notes(rig)]).toEqual([[0], ['math/0/0']]);
    await pass(rig.clock, 1);
    expect(ran).toEqual(['1#1', '3#1', '1#2', '2#1', '4#1']);
    await stop();
    expect([await rig.committed(), notes(rig), rig.road.dumpTopic('math.retry.1s')]).toEqual([[4], [], []]);
  });

  it('is not early where a timer is', async () => {
    const rig = await buildRig();
    const { clock } = rig;
    const hasty = Object.assign(Object.create(clock) as typeof clock, {
      now: () => clock.now(),
      after: (delayMs: number, fn: () => void) => clock.after(delayMs === 1_000 ? 999 : delayMs, fn),
    });
    const { ran, consume } = await consumerOn({ ...rig, clock: hasty }, taskOf({}), { 1: 1 });
    await send(rig, [1, 'k']);
    await pass(clock, 999);
    expect(ran).toEqual(['1#1']);
    await pass(clock, 1);
    expect(ran).toEqual(['1#1', '1#2']);
    await ended(clock, consume);
  });

  it('waits on under the next owner: no attempt is lost, none is early, the order is kept', async () => {
    const rig = await buildRig();
    const first = await consumerOn(rig, taskOf({}, [1_000, 60_000]), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k']);
    await pass(rig.clock, 1_500);
    await first.stop();
    const second = await consumerOn(rig, taskOf({}, [1_000, 60_000]), { 1: 2 });
    await send(rig, [3, 'k'], [4, 'l']);
    const sinceMs = rig.clock.now();
    await pass(rig.clock, 5_000);
    expect([first.ran, second.ran]).toEqual([['1#1', '1#2'], ['4#1']]);
    await pass(rig.clock, 60_000);
    expect(second.ran).toEqual(['4#1', '1#3', '2#1', '3#1']);
    expect(rig.clock.now() - sinceMs).toBe(65_000);
    await second.stop();
  });

  it('is never woken before its time, though a timer may be early', async () => {
    const rig = await buildRig();
    const { clock } = rig;
    const hasty = { now: () => clock.now(), advance: (ms: number) => clock.advance(ms), after: (ms: number, fn: () => void) => clock.after(ms > 1 ? ms - 1 : ms, fn) }; // prettier-ignore
    const { ran, stop } = await consumerOn({ ...rig, clock: hasty as unknown as typeof clock }, taskOf({}), { 1: 1 });
    await send(rig, [1, 'k']);
    const sinceMs = clock.now();
    while (ran.length < 2) await pass(clock, 1);
    expect([ran, clock.now() - sinceMs]).toEqual([['1#1', '1#2'], 1_000]);
    await stop();
  });

  it('is let go when its partition goes: nothing of it is left behind', async () => {
    const rig = await buildRig();
    const { consume, stop } = await consumerOn(rig, taskOf({}), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k']);
    await pass(rig.clock, 500);
    expect(consume.health()).toMatchObject({ waiting: 2, running: 0 });
    await stop();
    expect(consume.health()).toMatchObject({ waiting: 0, running: 0 });
  });

  it('is left to the next owner when its message fails while its partition goes', async () => {
    const rig = await buildRig();
    const gate = Promise.withResolvers<never>();
    const task = taskOf({});
    const consume = new Consume(rig.route, consumeDependencies(rig, [bindingOf(task, () => gate.promise)]));
    await consume.start();
    await send(rig, [1, 'k'], [2, 'k']);
    await eventually(() => consume.health().running === 1, 'the handler runs');
    const stopping = ended(rig.clock, consume);
    gate.reject(new Error('not now'));
    await stopping;
    expect([consume.health(), notes(rig)]).toMatchObject([{ waiting: 0, running: 0 }, ['math/0/0']]);
    const next = await consumerOn(rig, task, {});
    await pass(rig.clock, 1_000);
    expect(next.ran).toEqual(['1#2', '2#1']);
    await next.stop();
  });

  it('ends when too many wait behind it: it is buried, they run', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({ maxBehind: 2 }), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k'], [3, 'k']);
    await pass(rig.clock, 100);
    expect([ran, dead(rig)]).toEqual([['1#1'], []]);
    await send(rig, [4, 'k']);
    await pass(rig.clock, 100);
    expect([ran, dead(rig)]).toEqual([['1#1', '2#1', '3#1', '4#1'], ['1 LANE_FULL']]);
    await stop();
    expect([await rig.committed(), notes(rig)]).toEqual([[4], []]);
  });

  it('ends in time: what would be tried later is buried', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({ maxMs: 5_000 }, [1_000, 60_000]), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k']);
    await pass(rig.clock, 2_000);
    expect([ran, dead(rig)]).toEqual([['1#1', '1#2', '2#1'], ['1 HANDLER_FAILED']]);
    const [{ headers }] = rig.road.dumpTopic('math.dlq') as [IncomingRecord];
    expect(headerText(headers, 'sunbeon-attempt')).toBe('2');
    expect(JSON.parse(headerText(headers, 'sunbeon-history')!)).toMatchObject([{ attempt: 1 }, { attempt: 2 }]);
    await stop();
  });

  it('is buried together with what was sent behind it, if its policy says so; what is sent later runs', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({ then: 'bury' }), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k'], [3, 'l'], [4, 'k']);
    await pass(rig.clock, 2_000);
    await send(rig, [5, 'k'], [6, 'k']);
    await pass(rig.clock, 100);
    expect(ran).toEqual(['1#1', '3#1', '1#2', '5#1', '6#1']);
    expect(dead(rig)).toEqual(['1 HANDLER_FAILED', '2 LANE_BURIED', '4 LANE_BURIED']);
    await stop();
    expect([await rig.committed(), notes(rig)]).toEqual([[6], []]);
  });

  it('what was sent in the very millisecond of the burial goes with it', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({ then: 'bury' }), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k']);
    await pass(rig.clock, 1_000);
    await send(rig, [3, 'k']);
    await pass(rig.clock, 1);
    await send(rig, [4, 'k']);
    await pass(rig.clock, 100);
    expect([ran, dead(rig)]).toEqual([
      ['1#1', '1#2', '4#1'],
      ['1 HANDLER_FAILED', '2 LANE_BURIED', '3 LANE_BURIED'],
    ]);
    await stop();
  });

  it('is buried so under the next owner too', async () => {
    const rig = await buildRig();
    const first = await consumerOn(rig, taskOf({ then: 'bury' }), { 1: 9 });
    await send(rig, [1, 'k'], [2, 'k'], [3, 'k']);
    // It is killed as soon as the first is in the DLQ: nothing of it was committed.
    const { producer } = rig;
    await pass(rig.clock, 900);
    await first.stop();
    const mark = 'math/0/lane/a2s';
    await producer.send([{ topic: rig.route.held, partition: 0, key: mark, value: Buffer.from(JSON.stringify({ kind: 'buried', with: 'id-1', untilMs: rig.clock.now() })), headers: {} }]); // prettier-ignore
    const second = await consumerOn(rig, taskOf({ then: 'bury' }), {});
    await pass(rig.clock, 5_000);
    await send(rig, [4, 'k']);
    await pass(rig.clock, 100);
    expect(second.ran).toEqual(['1#2', '4#1']); // the head itself was not committed: its attempt is repeated
    expect(dead(rig)).toEqual(['2 LANE_BURIED', '3 LANE_BURIED']);
    await second.stop();
    expect(notes(rig)).toEqual([]);
  });

  it('is condemned a second time for the next owner too', async () => {
    const rig = await buildRig();
    const { stop } = await consumerOn(rig, taskOf({ then: 'bury' }), { 1: 9, 5: 9 });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 2_000);
    await send(rig, [5, 'k'], [6, 'k']);
    await pass(rig.clock, 500);
    rig.road.failSends(({ topic, value }) => topic === 'math.dlq' && value?.toString() === '6'); // it is killed before that
    await pass(rig.clock, 1_000);
    expect([dead(rig), notes(rig)]).toEqual([['1 HANDLER_FAILED', '5 HANDLER_FAILED'], ['math/0/lane/a2s']]);
    await stop();
  });

  it('is condemned anew before the note of the first time is taken off: the new one stays', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({ then: 'bury' }, [10]), { 1: 9, 4: 9 });
    await send(rig, [1, 'k'], [2, 'k']);
    await pass(rig.clock, 100);
    await send(rig, [3, 'k'], [4, 'k'], [5, 'k']); // the third ends the first condemnation, which its commit takes off
    await pass(rig.clock, 100);
    expect(await rig.committed()).toEqual([undefined]);
    await pass(rig.clock, 2_000);
    expect(ran).toEqual(['1#1', '1#2', '3#1', '4#1', '4#2']);
    expect([await rig.committed(), notes(rig)]).toEqual([[5], ['math/0/lane/a2s']]);
    await stop();
  });

  it('knows its message by its id, not by its place alone, and heeds no note that makes no sense', async () => {
    const rig = await buildRig();
    const note = (offset: number, value: string) => ({ topic: rig.route.held, partition: 0, key: `math/0/${offset}`, value: Buffer.from(value), headers: {} }); // prettier-ignore
    const old = { kind: 'attempt', id: 'of another topic', attempt: 7, notBeforeMs: 1e12, history: [] };
    await rig.producer.send([note(0, JSON.stringify(old)), note(1, '{'), note(2, '{"kind":"attempt","attempt":0}'), note(3, 'null')]); // prettier-ignore
    await send(rig, [1, 'a'], [2, 'b'], [3, 'c'], [4, 'd']);
    const { ran, stop } = await consumerOn(rig, taskOf({}), {});
    await eventually(() => ran.length === 4, 'all run');
    expect(ran).toEqual(['1#1', '2#1', '3#1', '4#1']);
    await stop();
  });

  it('without a key there is none: the retry topic is the way', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({}), { 1: 1 });
    await rig.producer.send([outgoing('1'), outgoing('2')]);
    await pass(rig.clock, 100);
    expect([ran, rig.road.dumpTopic('math.retry.1s').length, notes(rig)]).toEqual([['1#1', '2#1'], 1, []]);
    await stop();
  });
});
