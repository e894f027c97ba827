import type { GroupInternals } from '../driver/internals.js';
import { type PausableGroup, WakeablePauses } from './wakeable-pause.js';

/** A partition assigner that carries hooks under this name hears of every join of its consumer. */
export const GROUP_HOOKS = Symbol.for('sunbeon.kafka.groupHooks');

/** Joins anew, beside the fetching: what a member calls that has let go of partitions. */
export const REJOIN = Symbol.for('sunbeon.kafka.rejoin');

export interface GroupHooks {
  /**
   * True: while the group is joined anew, fetching goes on with the old assignment until the new one is there, as with
   * KIP-429. Otherwise it stops until every member has joined, which takes until the slowest has heard of it.
   */
  readonly joinsAside?: boolean;
  /** Awaited before the join request. Throwing keeps the client from joining. */
  beforeJoin(group: GroupInternals): Promise<void> | void;
  /** Awaited when the assignment is known. What was fetched under the old one is not handed over any more. */
  afterJoin(group: GroupInternals): Promise<void> | void;
  /** The join has failed; it is made again with the next heartbeat. */
  joinFailed?(group: GroupInternals): void;
  /** A fetch found a topic missing: it may be made again, under the same name and with other records, before anyone looks. */
  topicMissing?(): void;
  /** False: the client ends, but the member stays in the group. */
  mayLeave?(): boolean;
}

/** What is wrapped of kafkajs's `ConsumerGroup` (2.2.4, `src/consumer/consumerGroup.js`). */
export interface HookedGroup extends PausableGroup {
  readonly assigners: readonly { [GROUP_HOOKS]?: GroupHooks }[];
  joinAndSync(): Promise<void>;
  heartbeat(options: { interval: number }): Promise<void>;
  leave(): Promise<void>;
  fetch(nodeId: number): Promise<unknown[]>;
  recoverFromFetch(error: unknown): Promise<void>;
  [REJOIN]?(): void;
}

type Wrapped = 'joinAndSync' | 'heartbeat' | 'leave' | 'fetch' | 'recoverFromFetch' | 'resume';

/** Errors of a heartbeat that say: join anew. kafkajs's `isRebalancing`. */
const REBALANCING = new Set(['REBALANCE_IN_PROGRESS', 'NOT_COORDINATOR_FOR_GROUP', 'ILLEGAL_GENERATION']);

/**
 * kafkajs's REBALANCING and GROUP_JOIN events are not awaited, and it stops fetching for every join. `joinAndSync` is the one
 * way to every join, `heartbeat` the one place that hears of a rebalance.
 */
export class HookedGroups {
  readonly #pauses: WakeablePauses | undefined;
  /** Joins under way, and those that failed beside the fetching and were not told yet. */
  readonly #joins = new WeakMap<HookedGroup, Promise<void>>();
  readonly #failures = new WeakMap<HookedGroup, { readonly error: unknown }>();
  /** Whose last join failed. kafkajs would go on under the old assignment, or as no member at all, and never join again. */
  readonly #unjoined = new WeakSet<HookedGroup>();

  constructor(pauses: WakeablePauses | undefined) {
    this.#pauses = pauses;
  }

  /** One join at a time: kafkajs itself begins a second one when a fetch finds its metadata stale. */
  joinAndSync(group: HookedGroup, original: HookedGroup['joinAndSync']): Promise<void> {
    const hooks = hooksOf(group);
    if (hooks === undefined) return original.call(group);
    const present = this.#joins.get(group);
    if (present !== undefined) return present;
    const join = this.#join(group, hooks, original).finally(() => this.#joins.delete(group));
    this.#joins.set(group, join);
    return join;
  }

  async #join(group: HookedGroup, hooks: GroupHooks, original: HookedGroup['joinAndSync']): Promise<void> {
    try {
      await hooks.beforeJoin(group);
      await original.call(group);
      await hooks.afterJoin(group);
      this.#unjoined.delete(group);
    } catch (error) {
      this.#unjoined.add(group);
      hooks.joinFailed?.(group);
      throw error;
    }
  }

  rejoin(group: HookedGroup): void {
    group.joinAndSync().catch((error: unknown) => this.#failures.set(group, { error }));
  }

  async heartbeat(
    group: HookedGroup,
    original: HookedGroup['heartbeat'],
    options: { interval: number },
  ): Promise<void> {
    if (hooksOf(group)?.joinsAside !== true) return this.#unjoined.has(group) ? group.joinAndSync() : original.call(group, options); // prettier-ignore
    this.#throwFailure(group);
    // A member that is joining lives, for the broker; a heartbeat would wait behind the join on the same connection.
    if (this.#joins.has(group)) return;
    if (this.#unjoined.has(group)) return this.rejoin(group);
    try {
      await original.call(group, options);
    } catch (error) {
      if (!REBALANCING.has(typeOf(error))) throw error;
      this.rejoin(group);
    }
  }

  /** What failed beside the fetching fails it now, so that kafkajs tries again, or ends and says so. */
  #throwFailure(group: HookedGroup): void {
    const failure = this.#failures.get(group);
    if (failure === undefined) return;
    this.#failures.delete(group);
    throw failure.error;
  }

  /** Not in the middle of a join: the member would be left behind in the group, or join again under a new name. */
  async leave(group: HookedGroup, original: HookedGroup['leave']): Promise<void> {
    await this.#joins.get(group)?.catch(() => undefined);
    if (hooksOf(group)?.mayLeave?.() !== false) await original.call(group);
  }

  /** What was asked for under one assignment and comes under another is dropped, and asked for again. */
  async fetch(group: HookedGroup, original: HookedGroup['fetch'], nodeId: number): Promise<unknown[]> {
    const { offsetManager } = group;
    if (hooksOf(group) !== undefined && (await this.#pauses?.rest(group, nodeId)) === true) return [];
    try {
      const batches = await original.call(group, nodeId);
      return group.offsetManager === offsetManager ? batches : [];
    } catch (error) {
      // It may have looked for the offset of a partition that went away meanwhile.
      if (group.offsetManager !== offsetManager) return [];
      throw error;
    }
  }

  async recoverFromFetch(group: HookedGroup, original: HookedGroup['recoverFromFetch'], error: unknown): Promise<void> {
    if (typeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') hooksOf(group)?.topicMissing?.();
    await original.call(group, error);
  }

  resume(group: HookedGroup, original: HookedGroup['resume'], partitions: Parameters<HookedGroup['resume']>[0]): void {
    original.call(group, partitions);
    this.#pauses?.wake(group);
  }
}

/** Kafka's own name of a protocol error. */
function typeOf(error: unknown): string {
  return String((error as { type?: unknown } | undefined)?.type);
}

function hooksOf(group: HookedGroup): GroupHooks | undefined {
  return group.assigners[0]?.[GROUP_HOOKS];
}

export interface Wrapping {
  readonly wakeablePause: boolean;
  /** Replaces a method of the prototype, unless it has been replaced before. */
  wrap<K extends Wrapped>(name: K, replace: (original: HookedGroup[K]) => HookedGroup[K]): void;
}

export function addGroupHooks(prototype: HookedGroup, { wakeablePause, wrap }: Wrapping): void {
  const groups = new HookedGroups(wakeablePause ? new WakeablePauses() : undefined);
  prototype[REJOIN] ??= function (this: HookedGroup) {
    groups.rejoin(this);
  };
  wrap('joinAndSync', (original) => function (this: HookedGroup) { return groups.joinAndSync(this, original); }); // prettier-ignore
  wrap('heartbeat', (original) => function (this: HookedGroup, options) { return groups.heartbeat(this, original, options); }); // prettier-ignore
  wrap('leave', (original) => function (this: HookedGroup) { return groups.leave(this, original); }); // prettier-ignore
  wrap('fetch', (original) => function (this: HookedGroup, nodeId) { return groups.fetch(this, original, nodeId); }); // prettier-ignore
  wrap('resume', (original) => function (this: HookedGroup, partitions) { groups.resume(this, original, partitions); }); // prettier-ignore
  wrap('recoverFromFetch', (original) => function (this: HookedGroup, error) { return groups.recoverFromFetch(this, original, error); }); // prettier-ignore
}
