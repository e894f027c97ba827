import type { Binding, RoadAdmin, TopicSpec } from '@sunbeon/core/ports';
import { SunbeonError, type Contract } from '@sunbeon/core';
import { topicOf } from '@sunbeon/core/contract';
import { type Policy, retryTiers } from '@sunbeon/core/policy';
import {
  AUDIT_TOPIC,
  CONTROL_TOPIC,
  REPLAYS_TOPIC,
  RESULTS_TOPIC,
  retryTopic,
  type Route,
  routeOf,
  sourcesOf,
} from './names.js';

export interface TopologyOptions {
  /** Before every topic and group; `''` = none. */
  readonly prefix: string;
  /** Partitions of topics that are created. Existing topics keep theirs. */
  readonly partitions: number;
}

/** Retry and dead records carry their history besides the original: they need more room than the broker's 1 MiB. */
const ROOMY = { 'max.message.bytes': String(2 * 1024 * 1024) };
const DAY_MS = 24 * 3_600_000;
const DEAD_RETENTION_MS = 30 * DAY_MS;
/** Longer than any wait. Compacted often: it is read whenever a partition gets another owner. */
const HELD = {
  ...ROOMY,
  'cleanup.policy': 'compact,delete',
  'retention.ms': String(14 * DAY_MS),
  'segment.ms': '600000',
  'min.cleanable.dirty.ratio': '0.1',
};
const RESULT_RETENTION_MS = 7 * DAY_MS;
const AUDIT_RETENTION_MS = 2 * 365 * DAY_MS;

/**
 * The topics that a deployment needs: one per contract's queue or topic, the retry topics, DLQ and inbox of each handler's
 * route, and the results. Retry topics and inbox have as many partitions as their source, so a key keeps its partition number.
 * @throws SunbeonError `CONTRACT_INVALID` when a queue is named like an event's topic and group together: both would have the
 * same DLQ
 */
export function desiredTopics(
  contracts: readonly Contract[],
  bindings: readonly Binding[],
  options: TopologyOptions & { readonly existing: ReadonlyMap<string, number> },
): TopicSpec[] {
  const specs = new Map<string, TopicSpec>();
  const owners = new Map<string, string>();
  const want = (topic: string, source: string, config: Record<string, string> = {}): void => {
    const partitions = options.existing.get(source) ?? options.partitions;
    specs.set(topic, { topic, partitions, config });
  };
  for (const contract of contracts) {
    const topic = options.prefix + topicOf(contract);
    want(topic, topic);
    if (contract.kind === 'task') wantRoute(routeOf(contract, undefined, options.prefix), contract.policy);
  }
  for (const { contract, group, policy } of bindings) wantRoute(routeOf(contract, group, options.prefix), policy);
  const results = options.prefix + RESULTS_TOPIC;
  want(results, results, { 'cleanup.policy': 'compact,delete', 'retention.ms': String(RESULT_RETENTION_MS) });
  const control = options.prefix + CONTROL_TOPIC;
  specs.set(control, controlSpec(control));
  for (const spec of operatorTopics(options.prefix)) specs.set(spec.topic, withPartitionsOf(options.existing, spec));
  return [...specs.values()];

  function wantRoute(route: Route, policy: Policy): void {
    const owner = owners.get(route.base) ?? route.topic;
    if (owner !== route.topic) throw ambiguous(route.base, [owner, route.topic]);
    owners.set(route.base, owner);
    for (const source of sourcesOf(route)) want(source, route.topic, source === route.topic ? {} : ROOMY);
    if (policy.hold !== undefined) want(route.held, route.topic, HELD);
    for (const delayMs of retryTiers(policy)) want(retryTopic(route.base, delayMs), route.topic, ROOMY);
    want(route.dlq, route.topic, { ...ROOMY, 'retention.ms': String(DEAD_RETENTION_MS) });
  }
}

/** One partition: its order is what all consumers agree by. Of each key the last record stays. */
export function controlSpec(topic: string): TopicSpec {
  return { topic, partitions: 1, config: { 'cleanup.policy': 'compact', 'segment.ms': String(DAY_MS) } };
}

/**
 * The topics of what operators do. One partition each, for their order counts. The journal is kept for ever, for what it knows must
 * outlive the records that it is about; it is compacted to one record per act and window of records sent.
 */
export function operatorTopics(prefix: string): TopicSpec[] {
  return [
    {
      topic: prefix + AUDIT_TOPIC,
      partitions: 1,
      config: { 'cleanup.policy': 'delete', 'retention.ms': String(AUDIT_RETENTION_MS) },
    },
    { topic: prefix + REPLAYS_TOPIC, partitions: 1, config: { ...ROOMY, 'cleanup.policy': 'compact' } },
  ];
}

/** Only their first partition is used: one that somebody made with more is as good. */
function withPartitionsOf(existing: ReadonlyMap<string, number>, spec: TopicSpec): TopicSpec {
  return { ...spec, partitions: existing.get(spec.topic) ?? spec.partitions };
}

function ambiguous(base: string, topics: readonly [string, string]): SunbeonError {
  return new SunbeonError('CONTRACT_INVALID', `${topics.join(' and ')} would share the DLQ ${base}.dlq.`, {
    hint: 'Rename the queue, or the group that subscribes to the event.',
    facts: { topics, base },
  });
}

/** What a reconciliation would do. */
export interface TopologyPlan {
  readonly create: readonly TopicSpec[];
  /** Topics that are there, with another number of partitions than their source has. */
  readonly mismatched: readonly { readonly topic: string; readonly partitions: number; readonly wanted: number }[];
}

export async function planTopology(
  admin: RoadAdmin,
  needs: { readonly contracts: readonly Contract[]; readonly bindings: readonly Binding[] },
  options: TopologyOptions,
): Promise<TopologyPlan> {
  const existing = await admin.listTopics();
  const desired = desiredTopics(needs.contracts, needs.bindings, { ...options, existing });
  return {
    create: desired.filter((spec) => !existing.has(spec.topic)),
    mismatched: desired.flatMap(({ topic, partitions: wanted }) => {
      const partitions = existing.get(topic);
      return partitions === undefined || partitions === wanted ? [] : [{ topic, partitions, wanted }];
    }),
  };
}

/**
 * Creates what is missing, or only checks it.
 * @throws SunbeonError `TOPIC_MISSING` in `verify` mode, `TOPIC_MISMATCH` when partition numbers would tear keys apart
 */
export async function reconcileTopology(admin: RoadAdmin, plan: TopologyPlan, mode: 'apply' | 'verify'): Promise<void> {
  const [mismatch] = plan.mismatched;
  if (mismatch !== undefined) {
    throw new SunbeonError(
      'TOPIC_MISMATCH',
      `Topic ${mismatch.topic} has ${mismatch.partitions} partitions, its source ${mismatch.wanted}.`,
      {
        hint: `Add partitions until both have the same number, or delete the empty ${mismatch.topic}.`,
        facts: { ...mismatch },
      },
    );
  }
  if (plan.create.length === 0) return;
  if (mode === 'verify') {
    const names = plan.create.map((spec) => spec.topic);
    throw new SunbeonError('TOPIC_MISSING', `These topics do not exist: ${names.join(', ')}.`, {
      hint: 'Create them with "sunbeon topology apply", or start with topology: "apply".',
      facts: { topics: names },
    });
  }
  await admin.createTopics(plan.create);
}
