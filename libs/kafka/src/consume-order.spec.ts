import { describe, expect, it } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { HEADER } from '@sunbeon/core/headers';
import type { Order } from '@sunbeon/core/policy';
import type { Binding, OutgoingRecord } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import { bindingOf, buildRig, consumeDependencies, eventually, FLOWN, outgoing, pass, type Rig } from './rig.fake.js';

const task = (name: string, order: Order, concurrency?: number) =>
  defineTask({ name, queue: 'math', input: 'double', order, ...(concurrency === undefined ? {} : { concurrency }) });

/** Handlers that end when told, by the payload that they got. */
function gates() {
  const open = new Map<unknown, () => void>();
  const handle: Binding['handle'] = (n) => new Promise((resolve) => open.set(n, () => resolve(null)));
  const running = (): unknown[] => [...open.keys()].sort();
  const end = async (n: unknown): Promise<void> => {
    await eventually(() => open.has(n), `handler ${String(n)}`);
    open.get(n)!();
    open.delete(n);
  };
  return { handle, running, end };
}

const of = (name: string, n: number, over: Partial<OutgoingRecord> = {}) =>
  outgoing(String(n), { headers: { [HEADER.type]: name }, ...over });

async function started(rig: Rig, bindings: readonly Binding[]): Promise<Consume> {
  const consume = new Consume(rig.route, consumeDependencies(rig, bindings));
  await consume.start();
  return consume;
}

/** Sends these to the handlers of the tasks; `running` tells which of them run at once. */
async function sent(tasks: readonly ReturnType<typeof task>[], records: readonly OutgoingRecord[], partitions = 1) {
  const [rig, gate] = [await buildRig({ partitions }), gates()];
  const consume = await started(rig, tasks.map((one) => bindingOf(one, gate.handle))); // prettier-ignore
  await rig.producer.send(records);
  await eventually(() => consume.health().waiting + consume.health().running === records.length, 'all records');
  await pass(rig.clock, 100);
  const stop = async (): Promise<void> => void (await Promise.all([consume.stop(), pass(rig.clock, 10_000)]));
  return { ...gate, ...rig, stop };
}

describe('order', () => {
  it('key: one message of a key at a time, whatever its contract', async () => {
    const records = [of('a', 1, { key: 'k' }), of('b', 2, { key: 'k' }), of('a', 3, { key: 'l' }), of('a', 4)];
    const { running, end, stop } = await sent([task('a', 'key'), task('b', 'key')], records);
    expect(running()).toEqual([1, 3, 4]);
    await end(1);
    await eventually(() => running().includes(2), 'the next of the key');
    await stop();
  });

  it('partition: one message of a partition at a time, those of other contracts beside it', async () => {
    const records = [
      ...[1, 2].map((n) => of('a', n, { partition: 0, key: String(n) })),
      of('a', 3, { partition: 1 }),
      of('b', 4, { partition: 0 }),
    ];
    const { running, end, stop } = await sent([task('a', 'partition'), task('b', 'none')], records, 2);
    expect(running()).toEqual([1, 3, 4]);
    await end(1);
    await eventually(() => running().includes(2), 'the next of the partition');
    await stop();
  });

  it('none: nothing waits for anything, not for its key either', async () => {
    const { running, stop } = await sent([task('a', 'none')], [1, 2, 3].map((n) => of('a', n, { key: 'k' }))); // prettier-ignore
    expect(running()).toEqual([1, 2, 3]);
    await stop();
  });

  it('of what cannot be read is by its key', async () => {
    const broken = outgoing('7', { key: 'k', headers: { [HEADER.type]: 'who.knows' } });
    const records = [of('a', 1, { key: 'k' }), broken, of('a', 2, { key: 'k' })];
    const { running, end, road, stop } = await sent([task('a', 'key')], records);
    expect([running(), road.dumpTopic('math.dlq')]).toEqual([[1], []]);
    await end(1);
    await eventually(() => running().includes(2), 'the one behind it');
    expect(road.dumpTopic('math.dlq').length).toBe(1);
    await stop();
  });

  it('by key holds across the topic of an event and the inbox of its group', async () => {
    const [rig, gate] = [await buildRig({ contract: FLOWN, group: 'stats' }), gates()];
    const consume = await started(rig, [bindingOf(FLOWN, gate.handle, { group: 'stats' })]);
    const records = [rig.route.topic, rig.route.again].map((topic, n) => of(FLOWN.name, n, { topic, key: 'k' }));
    for (const record of records) await rig.producer.send([record]);
    await eventually(() => consume.health().waiting === 1, 'both records');
    const [first] = gate.running() as [number];
    await gate.end(first);
    await eventually(() => gate.running().includes(1 - first), 'the other');
    await Promise.all([consume.stop(), pass(rig.clock, 10_000)]);
  });
});

describe('a contract at its limit', () => {
  it('waits, and the others of its queue go on', async () => {
    const records = [1, 2, 3].map((n) => of('few', n)).concat([4, 5].map((n) => of('many', n)));
    const { running, end, stop } = await sent([task('few', 'none', 1), task('many', 'none')], records);
    expect(running()).toEqual([1, 4, 5]);
    await end(1);
    await eventually(() => running().includes(2), 'the next one');
    await stop();
  });
});
