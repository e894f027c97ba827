import { topicOf } from '@sunbeon/core/contract';
import type { Binding, Road, RoadAdmin, TopicSpec } from '@sunbeon/core/ports';
import { type Contract, SunbeonError } from '@sunbeon/core';
import { didYouMean } from '@sunbeon/core/options';
import type { DeadLetterQueue } from './dlq.js';
import { dlqTopic, groupsOf, routeOf } from './names.js';
import { planTopology, reconcileTopology, type TopologyPlan } from './topology.js';

/** A queue or event topic with all that belongs to it, as `sunbeon topology` lists it. */
export interface TopologyRow {
  /** The queue's name; of an event, its topic's. */
  readonly queue: string;
  readonly topic: string;
  readonly kind: 'task' | 'event';
  readonly contracts: readonly string[];
  /** 0 = the topic does not exist yet. */
  readonly partitions: number;
  readonly groups: readonly string[];
  readonly retry: readonly string[];
  readonly dlq: readonly string[];
}

export interface GroupOverview {
  readonly group: string;
  readonly state: string;
  readonly members: readonly string[];
  /** Records that the group has not finished. */
  readonly lag: number;
  /** Records in its retry topics that are not due yet. */
  readonly retrying: number;
}

export interface QueueOverview extends Omit<TopologyRow, 'groups' | 'retry' | 'dlq'> {
  readonly groups: readonly GroupOverview[];
  /** Records ever written to the topic. */
  readonly total: number;
  /** Records that lie in its DLQs. */
  readonly buried: number;
}

export interface AdminOptions {
  readonly road: Road;
  readonly contracts: readonly Contract[];
  /** Before every topic and group. */
  readonly prefix?: string;
  /** Partitions of topics that `apply` creates. */
  readonly partitions?: number;
}

/** The admin verbs that look at queues; console, CLI and API use the same. */
export class Admin {
  readonly #prefix: string;

  constructor(private readonly options: AdminOptions) {
    this.#prefix = options.prefix ?? '';
  }

  async topology(): Promise<TopologyRow[]> {
    const topics = await (await this.options.road.admin()).listTopics();
    return this.#rows(topics);
  }

  /** Missing and mismatched topics of all contracts, with those of the given handlers. */
  async plan(bindings: readonly Binding[] = []): Promise<TopologyPlan> {
    const { partitions = DEFAULT_PARTITIONS, contracts } = this.options;
    return planTopology(await this.options.road.admin(), { contracts, bindings }, { prefix: this.#prefix, partitions });
  }

  /** @returns the topics created. @throws SunbeonError `TOPIC_MISMATCH` */
  async apply(bindings: readonly Binding[] = []): Promise<readonly TopicSpec[]> {
    const plan = await this.plan(bindings);
    await reconcileTopology(await this.options.road.admin(), plan, 'apply');
    return plan.create;
  }

  async overview(): Promise<QueueOverview[]> {
    const admin = await this.options.road.admin();
    const topics = await admin.listTopics();
    return Promise.all(this.#rows(topics).map((row) => overviewOf(admin, topics, row)));
  }

  /** The DLQs of one queue or event topic, or of all. @throws SunbeonError `CONTRACT_UNKNOWN` */
  async deadLetterQueues(queue?: string): Promise<DeadLetterQueue[]> {
    const topics = await (await this.options.road.admin()).listTopics();
    const rows = this.#rows(topics).filter(
      (row) => queue === undefined || row.queue === queue || row.dlq.includes(queue),
    );
    if (rows.length === 0 && queue !== undefined) throw this.#unknownQueue(queue, topics);
    return rows.flatMap((row) =>
      row.dlq
        .filter((dlq) => topics.has(dlq) && (queue === undefined || queue === row.queue || queue === dlq))
        .map((dlq) => ({
          queue: row.queue,
          dlq,
          again: row.kind === 'task' ? row.topic : dlq.replace(/\.dlq$/, '.retry'),
        })),
    );
  }

  #unknownQueue(queue: string, topics: ReadonlyMap<string, number>): SunbeonError {
    const names = this.#rows(topics).map((row) => row.queue);
    return new SunbeonError('CONTRACT_UNKNOWN', `There is no queue or event topic "${queue}".`, {
      hint: didYouMean(queue, names) ?? `Known: ${names.join(', ')}.`,
      facts: { queue },
    });
  }

  #rows(topics: ReadonlyMap<string, number>): TopologyRow[] {
    const byTopic = Map.groupBy(this.options.contracts, (contract) => this.#prefix + topicOf(contract));
    return [...byTopic].map(([topic, contracts]) => {
      const [first] = contracts as [Contract];
      const subscribers = first.kind === 'task' ? [undefined] : groupsOf(topic, topics.keys());
      const routes = subscribers.map((group) => routeOf(first, group, this.#prefix));
      return {
        queue: topic.slice(this.#prefix.length),
        topic,
        kind: first.kind,
        contracts: contracts.map((contract) => contract.name),
        partitions: topics.get(topic) ?? 0,
        groups: routes.map((route) => route.group),
        retry: [...topics.keys()].filter((name) => routes.some((route) => isRetryOf(route.base, name))).sort(),
        dlq: routes.map((route) => dlqTopic(route.base)),
      };
    });
  }
}

/** Enough to scale a queue to eight consumers; raise it before the first message, for it moves keys. */
export const DEFAULT_PARTITIONS = 8;

function isRetryOf(base: string, topic: string): boolean {
  return topic.startsWith(`${base}.retry.`) && !topic.slice(base.length + '.retry.'.length).includes('.');
}

async function overviewOf(
  admin: RoadAdmin,
  topics: ReadonlyMap<string, number>,
  row: TopologyRow,
): Promise<QueueOverview> {
  const { groups: ids, retry, dlq, ...rest } = row;
  const states = await admin.groups(ids);
  const groups = await Promise.all(
    ids.map(async (group, index): Promise<GroupOverview> => {
      const base = dlq[index]!.slice(0, -'.dlq'.length);
      const tiers = retry.filter((topic) => isRetryOf(base, topic));
      const [lag, ...waiting] = await Promise.all([
        topics.has(row.topic) ? lagOf(admin, group, row.topic) : 0,
        ...tiers.map((topic) => lagOf(admin, `${base}.retry`, topic)),
      ]);
      const known = states.find((state) => state.group === group);
      return { group, state: known?.state ?? 'Dead', members: known?.members ?? [], lag, retrying: sum(waiting) };
    }),
  );
  const sizes = (names: readonly string[]): Promise<{ low: number; high: number }[][]> =>
    Promise.all(names.filter((name) => topics.has(name)).map((name) => admin.offsets(name)));
  const [[main = []], dead] = await Promise.all([sizes([row.topic]), sizes(dlq)]);
  return {
    ...rest,
    groups,
    total: sum(main.map(({ high }) => high)),
    buried: sum(dead.flat().map(({ low, high }) => high - low)),
  };
}

async function lagOf(admin: RoadAdmin, group: string, topic: string): Promise<number> {
  const [offsets, committed] = await Promise.all([admin.offsets(topic), admin.committed(group, topic)]);
  return sum(
    offsets.map(({ partition, low, high }) => {
      const done = committed.find((one) => one.partition === partition)?.offset;
      return Math.max(0, high - Math.max(low, done ?? low));
    }),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
