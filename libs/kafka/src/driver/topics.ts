import type { Admin } from 'kafkajs';
import type { Clock } from '@sunbeon/core/ports';
import type { DriverContext } from './client.js';
import { mapped, rootOf, topicMissing } from './errors.js';

/** Brokers hear of a new topic one after the other: of several, the one that is asked may not know it yet. */
const SPREAD_MS = 2_000;
const SPREAD_POLL_MS = 50;

/** Partitions by topic, of all topics; asked until `wanted` are among them, unless a single broker, or the time, says that they are not. */
export async function countsWith(
  admin: Pick<Admin, 'fetchTopicMetadata' | 'describeCluster'>,
  wanted: readonly string[],
  clock: Clock,
): Promise<Map<string, number>> {
  let until: number | undefined;
  for (;;) {
    const { topics } = await admin.fetchTopicMetadata();
    const counts = new Map(topics.map(({ name, partitions }) => [name, partitions.length]));
    if (wanted.every((topic) => counts.has(topic))) return counts;
    until ??= clock.now() + SPREAD_MS;
    if (clock.now() >= until || (await admin.describeCluster()).brokers.length < 2) return counts;
    await new Promise<void>((resume) => clock.after(SPREAD_POLL_MS, resume));
  }
}

/**
 * Partitions by topic, of topics that must exist. kafkajs does not name the topic that is missing, and tries for long.
 * @throws SunbeonError `TOPIC_MISSING`, `BROKER_UNREACHABLE`
 */
export async function checkTopics(
  context: Pick<DriverContext, 'admin' | 'warn' | 'clock'>,
  { topics, what }: { readonly topics: readonly string[]; readonly what: string },
): Promise<Map<string, number>> {
  const admin = context.admin();
  try {
    await admin.connect();
    const counts = await countsWith(admin, topics, context.clock);
    const missing = topics.filter((topic) => !counts.has(topic));
    if (missing.length > 0) {
      const names = missing.map((topic) => `"${topic}"`).join(', ');
      throw topicMissing(`${what}: ${names}`, { facts: { topics: missing, topic: missing[0] } });
    }
    return new Map(topics.map((topic) => [topic, counts.get(topic)!]));
  } catch (error) {
    throw mapped(error, { what, otherwise: 'BROKER_UNREACHABLE', facts: { topics } });
  } finally {
    await admin.disconnect().catch((error: unknown) => context.warn(`An admin client: ${rootOf(error).message}`));
  }
}
