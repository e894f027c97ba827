import type { Batch } from 'kafkajs';
import type { Committed, TopicPartition } from '@sunbeon/core/ports';
import type { REJOIN } from '../patches/group-hooks.js';

/** What the driver uses of kafkajs's `OffsetManager` (2.2.4, `src/consumer/offsetManager`): one per generation of the group. */
export interface OffsetManager {
  /** Fetch positions by topic and partition, where they are known. */
  readonly resolvedOffsets: Record<string, Record<number, string> | undefined>;
  /** What it takes for committed; where nothing is, it asks the broker before the first fetch. */
  committedOffsets(): Record<string, Record<number, string> | undefined>;
  /** Commits with the member id and generation that this manager was made with: the broker refuses a stale one. */
  commitOffsets(offsets: { topics: TopicOffsets[] }): Promise<void>;
  /** The fetch position. */
  nextOffset(topic: string, partition: number): { toString(): string };
  getCoordinator(): Promise<Coordinator>;
}

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { partition: number; offset: string; metadata: string | null }[];
}

/** What the driver uses of kafkajs's `Broker`. */
export interface Coordinator {
  offsetFetch(request: {
    groupId: string;
    topics: { topic: string; partitions: { partition: number }[] }[];
  }): Promise<{ responses: readonly TopicOffsets[] }>;
}

/** What the driver uses of kafkajs's `ConsumerGroup` (2.2.4, `src/consumer/consumerGroup.js`). */
export interface GroupInternals {
  readonly offsetManager: OffsetManager;
  readonly groupId: string;
  readonly generationId: number;
  memberId: string | null;
  /** Of the topics that we want, as known when the present assignment came. */
  readonly partitionsPerSubscribedTopic: ReadonlyMap<string, readonly number[]>;
  assigned(): { topic: string; partitions: number[] }[];
  pause(partitions: { topic: string; partitions: number[] }[]): void;
  resume(partitions: { topic: string; partitions: number[] }[]): void;
  seek(position: TopicPartition & { offset: string }): void;
  [REJOIN]?(): void;
}

export function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}\0${partition}`;
}

/** Partitions as kafkajs wants them in pause and resume. */
export function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  const topics = new Map<string, { topic: string; partitions: number[] }>();
  for (const { topic, partition } of partitions) {
    const entry = topics.get(topic) ?? { topic, partitions: [] };
    entry.partitions.push(partition);
    topics.set(topic, entry);
  }
  return [...topics.values()];
}

/**
 * False for data of a fetch that was under way when the group was joined anew or the position was moved: handing it over
 * would leave a gap before it, and its records come again from the right position anyway.
 */
export function isAtPosition(group: GroupInternals, batch: Batch): boolean {
  const { fetchedOffset } = batch as Batch & { fetchedOffset: string };
  return group.offsetManager.nextOffset(batch.topic, batch.partition).toString() === String(fetchedOffset);
}

export function positionIn(
  manager: OffsetManager | undefined,
  { topic, partition }: TopicPartition,
): string | undefined {
  return manager?.resolvedOffsets[topic]?.[partition];
}

/** Reads on from here. Without a request: kafkajs's own seek is made at the next fetch, which may be under way already. */
export function setPosition(manager: OffsetManager, { topic, partition }: TopicPartition, offset: string): void {
  (manager.resolvedOffsets[topic] ??= {})[partition] = offset;
  (manager.committedOffsets()[topic] ??= {})[partition] = offset;
}

/** What the group has committed, with its metadata, which kafkajs's own offset manager drops. By `idOf`. */
export async function fetchCommitted(
  { offsetManager, groupId }: GroupInternals,
  partitions: readonly TopicPartition[],
): Promise<Map<string, Committed>> {
  if (partitions.length === 0) return new Map();
  const topics = byTopic(partitions).map(({ topic, partitions: ids }) => {
    return { topic, partitions: ids.map((partition) => ({ partition })) };
  });
  const coordinator = await offsetManager.getCoordinator();
  const { responses } = await coordinator.offsetFetch({ groupId, topics });
  const known = responses.flatMap(({ topic, partitions: all }) => all.map((one) => ({ topic, ...one })));
  return new Map(
    known
      .filter(({ offset }) => Number(offset) >= 0)
      .map((one) => [idOf(one), { offset: Number(one.offset), metadata: one.metadata ?? '' }]),
  );
}

/**
 * Lets a client that is built anew join as the member it was. When it died with its broker away it could not leave, and a
 * stranger's join would wait until the old membership times out (30 s). If the broker does not know the member any more,
 * kafkajs joins again without it.
 */
export class SameMember {
  #present: GroupInternals | undefined;
  #memberId: string | null = null;

  beforeJoin(group: GroupInternals): void {
    if (group !== this.#present) group.memberId ??= this.#memberId;
  }

  afterJoin(group: GroupInternals): void {
    this.#present = group;
    this.#memberId = group.memberId;
  }
}

/** Reads from what is committed, or from the first record. */
export function forgetPosition(manager: OffsetManager, { topic, partition }: TopicPartition): void {
  delete manager.resolvedOffsets[topic]?.[partition];
  delete manager.committedOffsets()[topic]?.[partition];
}
