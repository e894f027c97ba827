import type { Batch } from 'kafkajs';
import type { TopicPartition } from '@sunbeon/core/ports';
import type { JoinHooks } from '../patches.js';

/** What the driver uses of kafkajs's `OffsetManager` (2.2.4, `src/consumer/offsetManager`): one per generation of the group. */
export interface OffsetManager {
  /** Commits with the member id and generation that this manager was made with: the broker refuses a stale one. */
  commitOffsets(offsets: { topics: TopicOffsets[] }): Promise<void>;
  /** The fetch position. */
  nextOffset(topic: string, partition: number): { toString(): string };
}

export interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { partition: number; offset: string; metadata: string | null }[];
}

/** What the driver uses of kafkajs's `ConsumerGroup` (2.2.4, `src/consumer/consumerGroup.js`). */
export interface GroupInternals {
  readonly offsetManager: OffsetManager;
  memberId: string | null;
  assigned(): { topic: string; partitions: number[] }[];
  pause(partitions: { topic: string; partitions: number[] }[]): void;
  resume(partitions: { topic: string; partitions: number[] }[]): void;
  seek(position: TopicPartition & { offset: string }): void;
}

/** Partitions as kafkajs wants them in pause and resume. */
export function byTopic(partitions: readonly TopicPartition[]): { topic: string; partitions: number[] }[] {
  return partitions.map(({ topic, partition }) => ({ topic, partitions: [partition] }));
}

/**
 * False for data of a fetch that was under way when the group was joined anew or the position was moved: handing it over
 * would leave a gap before it, and its records come again from the right position anyway.
 */
export function isAtPosition(group: GroupInternals, batch: Batch): boolean {
  const { fetchedOffset } = batch as Batch & { fetchedOffset: string };
  return group.offsetManager.nextOffset(batch.topic, batch.partition).toString() === String(fetchedOffset);
}

/**
 * A consumer that is built anew joins as the member it was. When it died with its broker away it could not leave, and a
 * stranger's join would wait until the old membership times out (30 s). If the broker does not know the member any more,
 * kafkajs joins again without it.
 */
export function asTheSameMember(hooks: JoinHooks): JoinHooks {
  let present: GroupInternals | undefined;
  let memberId: string | null = null;
  return {
    beforeJoin(group) {
      if (group !== present) group.memberId ??= memberId;
      return hooks.beforeJoin(group);
    },
    afterJoin(group) {
      present = group;
      memberId = group.memberId;
      hooks.afterJoin(group);
    },
  };
}
