import type { DriverContext } from './client.js';
import { mapped, rootOf, topicMissing } from './errors.js';

/**
 * Partitions by topic, of topics that must exist. kafkajs does not name the topic that is missing, and tries for long.
 * @throws SunbeonError `TOPIC_MISSING`, `BROKER_UNREACHABLE`
 */
export async function checkTopics(
  context: Pick<DriverContext, 'kafka' | 'warn'>,
  { topics, what }: { readonly topics: readonly string[]; readonly what: string },
): Promise<Map<string, number>> {
  const admin = context.kafka().admin();
  try {
    await admin.connect();
    const all = await admin.fetchTopicMetadata();
    const counts = new Map(all.topics.map(({ name, partitions }) => [name, partitions.length]));
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
