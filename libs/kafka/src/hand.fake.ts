import type { TaskContext } from '@sunbeon/core';
import type { IncomingRecord, Road, RoadConsumer, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import type { ConsumeOptions } from './consume-options.js';
import { nameOf } from './partitions.js';
import { ADD, bindingOf, buildRig, consumeDependencies, eventually, incoming, type Rig } from './rig.fake.js';

/** A member that is fed by hand, and notes what is asked of it. */
export class Hand implements RoadConsumer {
  receiver!: RoadReceiver;
  readonly asked: string[] = [];
  readonly committed: string[] = [];
  readonly metadata: string[] = [];
  disconnected = 0;

  run(receiver: RoadReceiver): Promise<void> {
    this.receiver = receiver;
    return Promise.resolve();
  }
  pause(partitions: readonly TopicPartition[]): void {
    this.asked.push(...partitions.map((one) => `pause ${nameOf(one)}`));
  }
  resume(partitions: readonly TopicPartition[]): void {
    this.asked.push(...partitions.map((one) => `resume ${nameOf(one)}`));
  }
  commit(offsets: Parameters<RoadConsumer['commit']>[0]): Promise<void> {
    this.metadata.push(...offsets.map((one) => one.metadata ?? ''));
    this.committed.push(...offsets.map((one) => `${nameOf(one)}=${one.offset}`));
    return Promise.resolve();
  }
  lastPollMs(): number | undefined {
    return undefined;
  }
  confirmed = true;
  isConfirmed(): boolean {
    return this.confirmed;
  }
  isMember(): boolean {
    return true;
  }
  disconnect(): Promise<void> {
    this.disconnected++;
    return Promise.resolve();
  }
}

export const at = (partition: number) => ({ topic: 'math', partition, committed: undefined });
export const records = (partition: number, from: number, count: number, over: Partial<IncomingRecord> = {}) =>
  Array.from({ length: count }, (_, i) => incoming({ partition, offset: from + i, value: Buffer.from(String(from + i)), ...over })); // prettier-ignore

export async function buildByHand(
  handle: (n: unknown, context: TaskContext) => Promise<unknown>,
  options: Partial<ConsumeOptions> & { readonly concurrency?: number },
  over: Partial<Pick<Rig, 'produce'>> = {},
) {
  const rig = { ...(await buildRig({ partitions: 2 })), ...over };
  const hand = new Hand();
  const road: Road = { ...rig.road, consumer: () => Promise.resolve(hand) };
  const consume = new Consume(rig.route, { ...consumeDependencies(rig, [bindingOf(ADD, handle)], options), road });
  await consume.start();
  hand.receiver.onAssigned([at(0), at(1)]);
  return { ...rig, hand, consume };
}

/** Handlers that end when told, in the order they began. */
export function gate() {
  const open: { n: unknown; go: () => void }[] = [];
  const ran: unknown[] = [];
  return {
    ran,
    handle: (n: unknown) => (ran.push(n), new Promise<null>((resolve) => open.push({ n, go: () => resolve(null) }))),
    /** Ends the oldest handlers, once there are so many. */
    release: async (count = 1) => {
      await eventually(() => open.length >= count, `${count} handlers under way`);
      open.splice(0, count).forEach(({ go }) => go());
    },
  };
}
