import kafkajs, { type Kafka } from 'kafkajs';
import type { Place, Variant } from './system.ts';

/** What all systems on Kafka promise alike: in the page cache of all in-sync replicas. */
export const ON_KAFKA: readonly Variant[] = [{ service: 'kafka', durability: 'acks all' }];

/** The topic of a place's tasks: the same for all systems on Kafka, so that one can work off what another has written. */
export function topicOf(place: Place): string {
  return `${place.name}.noop`;
}

/** kafkajs as it comes. */
export function client(place: Place): Kafka {
  return new kafkajs.Kafka({ brokers: [place.address], clientId: 'bench', logLevel: kafkajs.logLevel.ERROR });
}

/** Those that do not exist. */
export async function createTopics(place: Place, topics: readonly string[]): Promise<void> {
  const admin = client(place).admin();
  await admin.connect();
  const there = await admin.listTopics();
  const missing = topics.filter((topic) => !there.includes(topic));
  await admin.createTopics({ topics: missing.map((topic) => ({ topic, numPartitions: place.partitions })) });
  await admin.disconnect();
}

/** Removes all topics of a place. */
export async function cleanTopics(place: Place): Promise<void> {
  const admin = client(place).admin();
  await admin.connect();
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${place.name}.`));
  if (topics.length > 0) await admin.deleteTopics({ topics });
  await admin.disconnect();
}
