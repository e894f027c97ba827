import { topicOf } from '@sunbeon/core/contract';
import type { Binding, Road, RoadAdmin, TopicSpec } from '@sunbeon/core/ports';
import { type Contract, SunbeonError } from '@sunbeon/core';
import type { QueuePause } from '@sunbeon/core/breaker';
import { didYouMean } from '@sunbeon/core/options';
import { systemClock } from './clock.js';
import { ControlView } from './control-view.js';
import type { DeadLetterQueue } from './dlq.js';
import { groupsOf, retryDelayOf, type Route, routeOf, sourcesOf } from './names.js';
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
  /** Records that the group has not finished; of an event also those that came back to its inbox. */
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
  /** Of which nothing begins; of an event each of its groups for itself. */
  readonly paused: readonly QueuePause[];
}

/** Who pauses or resumes a queue, and why. */
export interface QueueRequest {
  readonly by: string;
  readonly reason: string;
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
  readonly #control: ControlView;

  constructor(private readonly options: AdminOptions) {
    this.#prefix = options.prefix ?? '';
    this.#control = new ControlView(options.road, this.#prefix);
  }

  async topology(): Promise<TopologyRow[]> {
    const topics = await (await this.options.road.admin()).listTopics();
    return this.#places(topics).map((place) => rowOf(place, topics));
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
    const places = this.#places(topics);
    const paused = await this.#control.paused(places.flatMap((place) => this.#queuesOf(place)));
    const rows = await Promise.all(places.map((place) => overviewOf(admin, topics, place)));
    return rows.map((row, index) => {
      const own = this.#queuesOf(places[index]!);
      return { ...row, paused: paused.filter(({ queue }) => own.includes(queue)) };
    });
  }

  /**
   * Nothing of it begins from now on, at no consumer, until {@link resume}; of an event at no group, or at the one that is named
   * (`<topic>.<group>`).
   * @returns the queues @throws SunbeonError `CONTRACT_UNKNOWN`, and see `Transport.send`
   */
  async pause(queue: string, request: QueueRequest): Promise<string[]> {
    const queues = await this.#named(queue);
    await this.#control.pause(queues, { ...request, atMs: systemClock.now() });
    return queues;
  }

  /** Ends what a person or a breaker has paused. The same as {@link pause} otherwise. */
  async resume(queue: string, request: QueueRequest): Promise<string[]> {
    const queues = await this.#named(queue);
    await this.#control.resume(queues, { ...request, atMs: systemClock.now() });
    return queues;
  }

  async #named(queue: string): Promise<string[]> {
    const places = this.#places(await (await this.options.road.admin()).listTopics());
    const place = places.find(({ name }) => name === queue);
    const queues = place === undefined ? places.flatMap((one) => this.#queuesOf(one)) : this.#queuesOf(place);
    const named = place === undefined ? queues.filter((name) => name === queue) : queues;
    if (named.length === 0) throw unknownQueue(queue, places);
    return named;
  }

  /** As consumers name them. */
  #queuesOf({ routes }: Place): string[] {
    return routes.map(({ base }) => base.slice(this.#prefix.length));
  }

  /** The DLQs of one queue or event topic, or of all. @throws SunbeonError `CONTRACT_UNKNOWN` */
  async deadLetterQueues(queue?: string): Promise<DeadLetterQueue[]> {
    const topics = await (await this.options.road.admin()).listTopics();
    const all = this.#places(topics);
    const places = all.filter(
      ({ name, routes }) => queue === undefined || name === queue || routes.some(({ dlq }) => dlq === queue),
    );
    if (places.length === 0 && queue !== undefined) throw unknownQueue(queue, all);
    return places.flatMap(({ name, routes }) =>
      routes
        .filter(({ dlq }) => topics.has(dlq) && (queue === undefined || queue === name || queue === dlq))
        .map(({ dlq, again }) => ({ queue: name, dlq, again })),
    );
  }

  /** One for each queue and event topic of the contracts; an event has a route for each group that subscribes to it. */
  #places(topics: ReadonlyMap<string, number>): Place[] {
    const byTopic = Map.groupBy(this.options.contracts, topicOf);
    return [...byTopic].map(([name, contracts]) => {
      const topic = this.#prefix + name;
      const [first] = contracts as [Contract];
      const subscribers = first.kind === 'task' ? [undefined] : groupsOf(topic, topics.keys());
      return { name, topic, contracts, routes: subscribers.map((group) => routeOf(first, group, this.#prefix)) };
    });
  }
}

/** A queue or event topic, and where its messages wait and end. */
interface Place {
  /** Without the deployment's prefix. */
  readonly name: string;
  readonly topic: string;
  readonly contracts: readonly Contract[];
  readonly routes: readonly Route[];
}

function unknownQueue(queue: string, places: readonly Place[]): SunbeonError {
  const names = places.map(({ name }) => name);
  return new SunbeonError('CONTRACT_UNKNOWN', `There is no queue or event topic "${queue}".`, {
    hint: didYouMean(queue, names) ?? `Known: ${names.join(', ')}.`,
    facts: { queue },
  });
}

function rowOf({ name, topic, contracts, routes }: Place, topics: ReadonlyMap<string, number>): TopologyRow {
  return {
    queue: name,
    topic,
    kind: contracts[0]!.kind,
    contracts: contracts.map((contract) => contract.name),
    partitions: topics.get(topic) ?? 0,
    groups: routes.map(({ group }) => group),
    retry: routes.flatMap((route) => retryTopicsOf(route, topics)).sort(),
    dlq: routes.map(({ dlq }) => dlq),
  };
}

/** Those that exist, also of delays that the contract no longer has. */
function retryTopicsOf({ base }: Route, topics: ReadonlyMap<string, number>): string[] {
  return [...topics.keys()].filter((topic) => retryDelayOf(base, topic) !== undefined);
}

/** Enough to scale a queue to eight consumers; raise it before the first message, for it moves keys. */
export const DEFAULT_PARTITIONS = 8;

async function overviewOf(
  admin: RoadAdmin,
  topics: ReadonlyMap<string, number>,
  place: Place,
): Promise<Omit<QueueOverview, 'paused'>> {
  const { groups: ids, retry: _retry, dlq, ...rest } = rowOf(place, topics);
  const states = await admin.groups(ids);
  const groups = await Promise.all(
    place.routes.map(async (route): Promise<GroupOverview> => {
      const { group } = route;
      const lag = async (of: string, names: readonly string[]): Promise<number> =>
        sum(await Promise.all(names.filter((name) => topics.has(name)).map((name) => lagOf(admin, of, name))));
      const [waiting, retrying] = await Promise.all([
        lag(group, sourcesOf(route)),
        lag(route.retryGroup, retryTopicsOf(route, topics)),
      ]);
      const known = states.find((state) => state.group === group);
      return { group, state: known?.state ?? 'Dead', members: known?.members ?? [], lag: waiting, retrying };
    }),
  );
  const sizes = (names: readonly string[]): Promise<{ low: number; high: number }[][]> =>
    Promise.all(names.filter((name) => topics.has(name)).map((name) => admin.offsets(name)));
  const [[main = []], dead] = await Promise.all([sizes([place.topic]), sizes(dlq)]);
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
