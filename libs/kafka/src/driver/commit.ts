import type { RoadConsumer, TopicPartition } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { mapped, rootOf } from './errors.js';
import type { OffsetManager, TopicOffsets } from './internals.js';
import type { Membership } from './membership.js';
import type { Held } from './ownership.js';

type Offset = Parameters<RoadConsumer['commit']>[0][number];

/** The broker's answers to a commit of a generation that is over: the next one may take it, if they are still ours. */
const OF_ANOTHER_GENERATION = new Set(['ILLEGAL_GENERATION', 'REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP']);

/** Rebalances in a row that one commit outlasts. */
const TRIES = 5;

/**
 * Commits as long as the offsets are ours, through whichever generation that is. A partition that was let go or lost in
 * between is refused, even if it is ours again: a commit that was made before would overwrite what its other owner has done.
 * @throws SunbeonError `NOT_RUNNING` for a partition that is not ours (any more), `SEND_FAILED`, `BROKER_UNREACHABLE`
 */
export async function commitHeld(membership: Membership, group: string, offsets: readonly Offset[]): Promise<void> {
  if (offsets.length === 0) return;
  const held = offsets.map((offset) => membership.ownership.get(offset) ?? refuse(offset, group));
  for (let tries = 1; ; tries++) {
    const { manager } = membership;
    if (manager === undefined) throw away(group);
    try {
      await manager.commitOffsets({ topics: topicsOf(offsets) });
      for (const one of held) one.committed = true;
      return;
    } catch (error) {
      if (tries >= TRIES || !OF_ANOTHER_GENERATION.has(rootOf(error).type)) throw failed(error, group, offsets[0]!);
    }
    await membership.afterGeneration(manager as OffsetManager);
    held.forEach((one: Held) => membership.ownership.get(one) === one || refuse(one, group));
  }
}

function topicsOf(offsets: readonly Offset[]): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets>();
  for (const { topic, partition, offset, metadata } of offsets) {
    const entry = topics.get(topic) ?? { topic, partitions: [] };
    entry.partitions.push({ partition, offset: String(offset), metadata: metadata ?? null });
    topics.set(topic, entry);
  }
  return [...topics.values()];
}

function refuse({ topic, partition }: TopicPartition, group: string): never {
  throw new SunbeonError(
    'NOT_RUNNING',
    `Partition ${partition} of "${topic}" is not assigned to this member of "${group}".`,
    {
      hint: 'Its new owner commits; drop what was kept of it when it was revoked or lost.',
      facts: { group, topic, partition },
    },
  );
}

function away(group: string): SunbeonError {
  const hint = 'Commit again when it has joined; the partitions are kept until then.';
  return new SunbeonError('BROKER_UNREACHABLE', `The client of "${group}" is being rebuilt.`, {
    hint,
    facts: { group },
  });
}

function failed(error: unknown, group: string, { topic, partition }: TopicPartition): SunbeonError {
  const facts = { group, topic, partition };
  return mapped(error, { what: `Committing for the group "${group}"`, otherwise: 'SEND_FAILED', facts });
}
