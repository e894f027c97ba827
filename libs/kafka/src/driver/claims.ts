import type { TopicPartition } from '@sunbeon/core/ports';
import { type Claims, NO_CLAIMS } from './share.js';

type ByTopic = Readonly<Record<string, readonly number[]>>;

const VERSION = 1;

/** Claims as the bytes that a member puts into its metadata: JSON, partitions by topic. */
export function encodeClaims({ generation, owned, leaving }: Claims): Buffer {
  const claims = { version: VERSION, generation, owned: byTopic(owned), leaving: byTopic(leaving) };
  return Buffer.from(JSON.stringify(claims));
}

/** What cannot be read claims nothing: another client's bytes must not end the group. */
export function decodeClaims(bytes: Buffer | null): Claims {
  try {
    const { version, generation, owned, leaving } = JSON.parse(String(bytes)) as Record<string, unknown>;
    if (version !== VERSION || !Number.isSafeInteger(generation)) return NO_CLAIMS;
    return { generation: generation as number, owned: listOf(owned), leaving: listOf(leaving) };
  } catch {
    return NO_CLAIMS;
  }
}

function byTopic(partitions: readonly TopicPartition[]): ByTopic {
  const result: Record<string, number[]> = Object.create(null) as Record<string, number[]>; // "__proto__" is a topic name too
  for (const { topic, partition } of partitions) (result[topic] ??= []).push(partition);
  return result;
}

function listOf(claimed: unknown): TopicPartition[] {
  return Object.entries(claimed as ByTopic).flatMap(([topic, partitions]) =>
    partitions.map((partition) => {
      if (!Number.isSafeInteger(partition) || partition < 0) throw new Error(`no partition: ${String(partition)}`);
      return { topic, partition };
    }),
  );
}
