import { describe, expect, it } from '@jest/globals';
import type { TaskContext } from '@sunbeon/core';
import type { Road } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import {
  ADD,
  bindingOf,
  buildRig,
  consumeDependencies,
  eventually,
  outgoing,
  pass,
  RESULTS,
  type Rig,
} from './rig.fake.js';

type Handle = (payload: unknown, context: TaskContext) => Promise<unknown>;

async function running(handle: Handle, values: readonly string[]): Promise<{ rig: Rig; consume: Consume }> {
  const rig = await buildRig();
  const consume = new Consume(rig.route, consumeDependencies(rig, [bindingOf(ADD, handle)], { concurrency: 1 }));
  await consume.start();
  await rig.producer.send(values.map((value) => outgoing(value)));
  await eventually(() => consume.health().running === 1, 'the first handler');
  return { rig, consume };
}

const members = async (rig: Rig) => (await (await rig.road.admin()).groups(['math']))[0]!.members.length;

describe('a stop', () => {
  it('starts nothing new, lets what runs end, commits it and leaves the group', async () => {
    const slow = Promise.withResolvers<null>();
    const ran: unknown[] = [];
    const { rig, consume } = await running((n) => (ran.push(n), slow.promise), ['1', '2', '3']);
    const stopped = consume.stop();
    await pass(rig.clock, 1_000);
    expect([ran, await rig.committed(), await members(rig)]).toEqual([[1], [undefined], 1]);
    slow.resolve(null);
    await stopped;
    expect([ran, await rig.committed(), await members(rig)]).toEqual([[1], [1], 0]);
    expect(rig.clock.pending).toBe(0);
  });

  it('aborts what runs longer than the drain, and leaves it to the next member', async () => {
    let aborted = false;
    const heeds: Handle = (_, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => ((aborted = true), reject(new Error('aborted'))))); // prettier-ignore
    const { rig, consume } = await running(heeds, ['1']);
    const stopped = consume.stop();
    await pass(rig.clock, 4_999);
    expect(aborted).toBe(false);
    await pass(rig.clock, 1);
    await stopped;
    expect([aborted, await rig.committed(), rig.road.dumpTopic('math.retry.1s'), rig.road.dumpTopic('math.dlq')]).toEqual([true, [undefined], [], []]); // prettier-ignore
    const next: unknown[] = [];
    const other = new Consume(
      rig.route,
      consumeDependencies(rig, [bindingOf(ADD, (n) => Promise.resolve(next.push(n)))]),
    );
    await other.start();
    await eventually(() => next.length === 1, 'the second delivery');
    await other.stop();
  });

  it('leaves a handler behind that ignores its signal; what it does later harms nothing', async () => {
    const deaf = Promise.withResolvers<null>();
    const { rig, consume } = await running(() => deaf.promise, ['1']);
    let stopped = false;
    const stop = consume.stop().then(() => (stopped = true));
    await pass(rig.clock, 6_999);
    expect(stopped).toBe(false);
    await pass(rig.clock, 1);
    await stop;
    deaf.resolve(null);
    await pass(rig.clock, 60_000);
    expect([await rig.committed(), rig.clock.pending]).toEqual([[undefined], 0]);
  });

  it('ends the writing of a verdict that no broker takes: the offset stays', async () => {
    const { rig, consume } = await running(() => new Promise((resolve) => setImmediate(() => resolve(null))), ['1']);
    rig.road.failSends(() => true);
    await pass(rig.clock, 1_000);
    const stop = consume.stop();
    await pass(rig.clock, 7_000);
    await stop;
    expect([await rig.committed(), rig.road.dumpTopic(RESULTS), rig.clock.pending]).toEqual([[undefined], [], 0]);
  });

  it('is one stop, however often it is asked for, and each caller waits for its end', async () => {
    const slow = Promise.withResolvers<null>();
    const { consume, rig } = await running(() => slow.promise, ['1']);
    const ended: string[] = [];
    const calls = ['first', 'second'].map((name) => consume.stop().then(() => ended.push(name)));
    await pass(rig.clock, 100);
    expect(ended).toEqual([]);
    slow.resolve(null);
    await Promise.all(calls);
    await consume.stop();
    expect(ended).toEqual(['first', 'second']);
  });

  it('does nothing where nothing was started', async () => {
    const rig = await buildRig();
    await new Consume(rig.route, consumeDependencies(rig, [])).stop();
    expect(await members(rig)).toBe(0);
  });

  it('waits for a start that is under way, and leaves no member behind', async () => {
    const rig = await buildRig();
    const go = Promise.withResolvers<void>();
    const road: Road = { ...rig.road, consumer: async (options) => (await go.promise, rig.road.consumer(options)) };
    const consume = new Consume(rig.route, { ...consumeDependencies(rig, []), road });
    const start = Promise.all([consume.start(), consume.start()]);
    const stop = consume.stop();
    go.resolve();
    await Promise.all([start, stop]);
    expect(await members(rig)).toBe(0);
  });

  it('tries its last commit three times, then leaves it', async () => {
    const { rig, consume } = await running(() => new Promise((resolve) => setImmediate(() => resolve(null))), ['1']);
    await eventually(() => consume.health().running === 0, 'the end of the handler');
    rig.road.failCommits(3);
    await Promise.all([consume.stop(), pass(rig.clock, 200)]);
    await pass(rig.clock, 60_000);
    expect([await rig.committed(), rig.clock.pending]).toEqual([[undefined], 0]);
  });

  it('does not wait for what only waits: for the registry, or for the broker to take a verdict', async () => {
    const { rig, consume } = await running(() => Promise.resolve(null), ['!away']);
    await pass(rig.clock, 1_500);
    await consume.stop(); // no time passes
    expect([await rig.committed(), rig.clock.pending]).toEqual([[undefined], 0]);
    const next = await buildRig();
    await next.producer.send([outgoing('1')]);
    next.road.failSends(() => true);
    const second = new Consume(next.route, consumeDependencies(next, [bindingOf(ADD, () => Promise.resolve(null))]));
    await second.start();
    await pass(next.clock, 1_000);
    expect(second.health().running).toBe(1);
    await second.stop();
    expect([await next.committed(), next.clock.pending]).toEqual([[undefined], 0]);
  });
});
