import type { GroupInternals } from '../driver/internals.js';

/** What is used of kafkajs's `ConsumerGroup` (2.2.4, `src/consumer/consumerGroup.js`) while it has nothing to fetch. */
export interface PausableGroup extends GroupInternals {
  maxWaitTime: number;
  readonly cluster: { refreshMetadataIfNecessary(): Promise<void> };
  /** Throws when a topic has got more partitions. */
  checkForStaleAssignment(): void;
  paused(): unknown[];
  getActiveTopicPartitions(): Record<string, Set<number>>;
  filterPartitionsByNode(nodeId: number, of: Partitions[]): Partitions[];
}

type Partitions = { topic: string; partitions: number[] };

/** How long a fetch may last, in milliseconds, while a partition is paused: its resume waits for the fetch to end. */
const PAUSED_WAIT_MS = 100;

/**
 * With all partitions of a broker paused kafkajs sleeps for its `maxWaitTimeInMs` and hears no resume. Here a resume, a new
 * assignment or the end wakes it; so that `maxWaitMs` can be long, which makes an idle consumer cheap.
 */
export class WakeablePauses {
  readonly #sleepers = new WeakMap<GroupInternals, Set<() => void>>();
  readonly #fullWaits = new WeakMap<GroupInternals, number>();

  /** True when there was nothing to fetch from this broker, after a rest; false: fetch now. */
  async rest(group: PausableGroup, nodeId: number): Promise<boolean> {
    const fullMs = this.#fullWaits.get(group) ?? group.maxWaitTime;
    this.#fullWaits.set(group, fullMs);
    group.maxWaitTime = group.paused().length > 0 ? Math.min(PAUSED_WAIT_MS, fullMs) : fullMs;
    if (!isIdle(group, nodeId)) return false;
    try {
      await group.cluster.refreshMetadataIfNecessary();
      group.checkForStaleAssignment();
    } catch {
      return false; // the fetch itself meets the same, and knows what to do
    }
    if (isIdle(group, nodeId)) await this.#sleep(group, fullMs);
    return true;
  }

  wake(group: GroupInternals): void {
    for (const wake of this.#sleepers.get(group) ?? []) wake();
  }

  #sleep(group: GroupInternals, forMs: number): Promise<void> {
    const sleepers = this.#sleepers.get(group) ?? new Set();
    this.#sleepers.set(group, sleepers);
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, forMs);
      sleepers.add(wake);
    });
  }
}

function isIdle(group: PausableGroup, nodeId: number): boolean {
  try {
    const active = group.getActiveTopicPartitions();
    const here = group.filterPartitionsByNode(nodeId, group.assigned());
    return !here.some(({ topic, partitions }) => partitions.some((one) => active[topic]?.has(one)));
  } catch {
    return false; // no metadata yet: the fetch gets it
  }
}
