import { delayLabel, parseDelayLabel } from '@sunbeon/core/backoff';
import { topicOf } from '@sunbeon/core/contract';
import type { Contract } from '@sunbeon/core';

/** The results of all tasks; key = task id. */
export const RESULTS_TOPIC = 'sunbeon.results';
/** What operators did; key = act id. */
export const AUDIT_TOPIC = 'sunbeon.audit';
/** Which records were sent again or discarded, and how far each act has come. */
export const REPLAYS_TOPIC = 'sunbeon.replays';

/** What holds for all consumers of the deployment: which queues are paused. One partition. */
export const CONTROL_TOPIC = 'sunbeon.control';

/**
 * Where the messages of one queue, or of one group that subscribes to an event, are read, wait and end. All names carry the
 * deployment's prefix. `docs/reference/topics.md` has the whole scheme.
 */
export interface Route {
  readonly kind: Contract['kind'];
  /** Names the retry topics and the DLQ: `<queue>`, or `<topic>.<group>`. */
  readonly base: string;
  /** The topic that producers write to. */
  readonly topic: string;
  /** Where due retries and replays go: back to the queue, or to the group's own inbox, for other groups must not see them. */
  readonly again: string;
  /** The Kafka consumer group: `<queue>`, or the subscribing group's name. */
  readonly group: string;
  readonly retryGroup: string;
  readonly dlq: string;
  /** What the next owner of a partition must know of lanes that wait for a failed message. */
  readonly held: string;
}

export function routeOf(contract: Contract, group: string | undefined, prefix = ''): Route {
  const topic = prefix + topicOf(contract);
  const base = contract.kind === 'task' ? topic : `${topic}.${group ?? ''}`;
  return {
    kind: contract.kind,
    base,
    topic,
    again: contract.kind === 'task' ? topic : `${base}.retry`,
    group: contract.kind === 'task' ? topic : prefix + (group ?? ''),
    retryGroup: `${base}.retry`,
    dlq: dlqTopic(base),
    held: `${base}.retry.held`,
  };
}

export function retryTopic(base: string, delayMs: number): string {
  return `${base}.retry.${delayLabel(delayMs)}`;
}

/** The delay of a route's retry topic, in milliseconds; undefined for a topic that is none of its. */
export function retryDelayOf(base: string, topic: string): number | undefined {
  const start = `${base}.retry.`;
  return topic.startsWith(start) ? parseDelayLabel(topic.slice(start.length)) : undefined;
}

/**
 * The delays of a route's retry topics that exist, also of those that no policy names any more: one that was changed leaves
 * records behind in the topics of the old one.
 */
export function existingTiers(base: string, topics: Iterable<string>): number[] {
  return [...topics].flatMap((topic) => {
    const delayMs = retryDelayOf(base, topic);
    return delayMs !== undefined && retryTopic(base, delayMs) === topic ? [delayMs] : [];
  });
}

export function dlqTopic(base: string): string {
  return `${base}.dlq`;
}

/** The topics of a route that a consumer of it reads. */
export function sourcesOf(route: Route): string[] {
  return route.again === route.topic ? [route.topic] : [route.topic, route.again];
}

/**
 * The groups that subscribe to an event, read off the topics that exist (`<topic>.<group>.dlq`): subscriptions are declared by
 * consumers, so who only has the contracts learns of them from the cluster. A group's name has no dot, so this is unambiguous.
 */
export function groupsOf(eventTopic: string, topics: Iterable<string>): string[] {
  const groups: string[] = [];
  for (const topic of topics) {
    if (!topic.startsWith(`${eventTopic}.`) || !topic.endsWith('.dlq')) continue;
    const group = topic.slice(eventTopic.length + 1, -'.dlq'.length);
    if (group !== '' && !group.includes('.')) groups.push(group);
  }
  return groups.sort();
}
