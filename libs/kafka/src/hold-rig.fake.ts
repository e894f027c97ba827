// A consumer whose messages fail as told, and what there is to see of its lanes.
import { type Contract, defineTask } from '@sunbeon/core';
import { headerText } from '@sunbeon/core/headers';
import type { HoldOptions } from '@sunbeon/core/hold';
import type { Binding, Road } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import { encodeMetadata } from './commit-metadata.js';
import type { Gate } from './gate.js';
import { bindingOf, consumeDependencies, ended, outgoing, type Rig } from './rig.fake.js';

export const taskOf = (hold: HoldOptions, delaysMs = [1_000], over: object = {}) => defineTask({ name: 'add', queue: 'math', input: 'double', retry: { delaysMs }, hold, ...over }); // prettier-ignore

type Over = Parameters<typeof consumeDependencies>[2];
export async function consumerOn(
  rig: Rig,
  task: Contract,
  failures: Record<number, number>,
  {
    gate,
    road,
    clock,
    binding: over,
    ...options
  }: Over & { gate?: Gate; road?: Road; clock?: Rig['clock']; binding?: Partial<Binding> } = {},
) {
  const ran: string[] = [];
  const binding = bindingOf(
    task,
    (payload, { attempt }) => {
      ran.push(`${String(payload)}#${attempt}`);
      if (attempt <= (failures[payload as number] ?? 0)) throw new Error('not now');
      return Promise.resolve(null);
    },
    over,
  );
  const deps = consumeDependencies(clock ? { ...rig, clock } : rig, [binding], options);
  const consume = new Consume(rig.route, { ...deps, ...(gate && { gate }), ...(road && { road }) });
  await consume.start();
  return { ran, consume, stop: () => ended(clock ?? rig.clock, consume) };
}

export const send = (rig: Rig, ...keyed: [number, string][]) =>
  rig.producer.send(keyed.map(([n, key]) => outgoing(String(n), { key, partition: 0, headers: { ce_id: `id-${n}` } })));
export const dead = (rig: Rig) => rig.road.dumpTopic(rig.route.dlq).map(({ value, headers }) => `${value!.toString()} ${headerText(headers, 'sunbeon-error-code')}`); // prettier-ignore
export const notes = (rig: Rig) => {
  const last = new Map(rig.road.dumpTopic(rig.route.held).map(({ key, value }) => [key!.toString(), value]));
  return [...last]
    .filter(([, value]) => value !== null)
    .map(([mark, value]) => [mark, JSON.parse(value!.toString()) as { attempt?: number }] as const);
};
export const note = (rig: Rig, mark: string, value: object) =>
  rig.producer.send([
    { topic: rig.route.held, partition: 0, key: mark, value: Buffer.from(JSON.stringify(value)), headers: {} },
  ]);

/** Its readers say nothing for a while, as when a broker restarts, or this process stood still. */
export const silent = (
  rig: { road: Road; clock: Rig['clock'] },
  topic: string,
  afterRecords: number,
  ms: number,
): Road => ({
  ...rig.road,
  reader: async (options) => {
    const reader = await rig.road.reader(options);
    if (options.topic !== topic) return reader;
    let seen = 0;
    let quietUntil: Promise<void> | undefined;
    return {
      ...reader,
      run: (onRecords) =>
        reader.run(async (records) => {
          for (const record of records) {
            if (seen++ === afterRecords) quietUntil = new Promise((resume) => void rig.clock.after(ms, resume));
            await quietUntil;
            await onRecords([record]);
          }
        }),
    };
  },
});

/** Whoever gets the first partition is told that this record has ended its process three times alone. */
export const condemning = (rig: Rig, offset: number): Road => ({
  ...rig.road,
  consumer: async (of) => {
    const member = await rig.road.consumer(of);
    const run = member.run.bind(member);
    const known = new Map([[offset, { deliveries: 3, alone: 3, runs: 0 as const }]]);
    const committed = {
      offset: 0,
      metadata: encodeMetadata(0, [], { reach: undefined, careful: offset + 1, ends: 0, known }),
    };
    member.run = (receiver) =>
      run({
        onAssigned: (all) => receiver.onAssigned(all.map((one) => ({ ...one, committed }))),
        onRecords: (records) => receiver.onRecords(records),
        onLost: (partitions) => receiver.onLost(partitions),
        onRevoked: (partitions) => receiver.onRevoked(partitions),
      });
    return member;
  },
});
