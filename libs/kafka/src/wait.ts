import { parseDelayLabel, tierFor } from '@sunbeon/core/backoff';
import type { Events } from '@sunbeon/core/events';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type {
  Clock,
  IncomingRecord,
  Lifecycle,
  OutgoingRecord,
  Road,
  RoadConsumer,
  TopicPartition,
} from '@sunbeon/core/ports';
import { Commits, type CommitOptions } from './commits.js';
import { retryTopic, type Route } from './names.js';
import { nameOf, type Owned, Partitions } from './partitions.js';
import type { Produce } from './produce.js';
import { writeUntilAcknowledged } from './writer.js';

export interface WaitDependencies {
  readonly road: Road;
  readonly clock: Clock;
  readonly events: Events;
  readonly produce: Produce;
  readonly options: CommitOptions;
  /** The route's distinct delays, in rising order. */
  readonly tiersMs: readonly number[];
}

interface Queue {
  readonly owned: Owned;
  readonly records: IncomingRecord[];
  running: boolean;
  cancel: (() => void) | undefined;
}

/**
 * Stop 7, wait: reads a route's retry topics and sends each record back when it is due. One topic has one delay, so its head is
 * always due first; until then the partition is paused and only what was fetched with the head is in memory.
 */
export class Wait implements Lifecycle {
  readonly #queues = new Map<string, Queue>();
  readonly #partitions = new Partitions();
  readonly #commits: Commits;
  readonly #release = new AbortController();
  #forwarding = new Set<Promise<void>>();
  #consumer: RoadConsumer | undefined;

  constructor(
    private readonly route: Route,
    private readonly deps: WaitDependencies,
  ) {
    this.#commits = new Commits(route.retryGroup, this.#partitions, deps);
  }

  async start(): Promise<void> {
    if (this.#consumer !== undefined || this.deps.tiersMs.length === 0) return;
    const topics = this.deps.tiersMs.map((delayMs) => retryTopic(this.route.base, delayMs));
    this.#consumer = await this.deps.road.consumer({ group: this.route.retryGroup, topics });
    await this.#consumer.run({
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: () => void this.#commits.flush(this.#consumer!),
      onRecords: (records) => this.#received(records),
    });
  }

  async stop(): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined || this.#release.signal.aborted) return;
    this.#release.abort();
    for (const queue of this.#queues.values()) queue.cancel?.();
    await Promise.all(this.#forwarding);
    await this.#commits.flush(consumer);
    await consumer.disconnect();
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    const { lost } = this.#partitions.assign(partitions);
    for (const owned of lost) {
      this.#queues.get(nameOf(owned))?.cancel?.();
      this.#queues.delete(nameOf(owned));
    }
    // A rejoin may have lifted a pause: what waits here is enough, the rest can stay on the topic.
    const waiting = [...this.#queues.values()].filter((queue) => queue.records.length > 0).map(({ owned }) => owned);
    if (waiting.length > 0) this.#consumer!.pause(waiting);
  }

  #received(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      let owned = this.#partitions.get(record);
      if (owned.committed !== undefined && record.offset < owned.committed) owned = this.#partitions.restart(owned);
      if (owned.ledger.note(record.offset)) this.#queueOf(owned).records.push(record);
    }
    for (const queue of new Set(records.map((record) => this.#queueOf(this.#partitions.get(record)))))
      this.#advance(queue);
  }

  #queueOf(owned: Owned): Queue {
    const known = this.#queues.get(nameOf(owned));
    if (known?.owned === owned) return known;
    const queue: Queue = { owned, records: [], running: false, cancel: undefined };
    this.#queues.set(nameOf(owned), queue);
    return queue;
  }

  /** Forwards all that is due; then waits for the new head, with the partition paused, or reads on. */
  #advance(queue: Queue): void {
    if (queue.running || queue.owned.lost || this.#release.signal.aborted) return;
    queue.cancel?.();
    queue.cancel = undefined;
    const [head] = queue.records;
    if (head === undefined) return this.#consumer!.resume([queue.owned]);
    const waitMs = dueAt(head, this.route.base) - this.deps.clock.now();
    if (waitMs <= 0) return this.#track(this.#forwardDue(queue));
    this.#consumer!.pause([queue.owned]);
    queue.cancel = this.deps.clock.after(waitMs, () => this.#advance(queue));
  }

  #track(work: Promise<void>): void {
    this.#forwarding.add(work);
    void work.finally(() => this.#forwarding.delete(work));
  }

  async #forwardDue(queue: Queue): Promise<void> {
    queue.running = true;
    const now = this.deps.clock.now();
    const end = queue.records.findIndex((record) => dueAt(record, this.route.base) > now);
    const due = queue.records.splice(0, end < 0 ? queue.records.length : end);
    const [{ topic, partition, offset }] = due as [IncomingRecord];
    const facts = { id: '', contract: '', attempt: 0, topic, partition, offset, group: this.route.retryGroup };
    const released = this.#release.signal;
    const outgoing = due.map((record) => this.#next(record, now));
    const written = await writeUntilAcknowledged(outgoing, facts, { ...this.deps, released, insist: true });
    queue.running = false;
    if (written !== 'acknowledged') return;
    for (const record of due) {
      queue.owned.ledger.finish(record.offset);
      if (!queue.owned.lost) this.#commits.note(this.#consumer!);
    }
    this.#advance(queue);
  }

  /** Back to be run, or, when the wait is longer than this tier, on to the next hop. */
  #next(record: IncomingRecord, nowMs: number): OutgoingRecord {
    const { key, value, headers } = record;
    const remainingMs = notBefore(record) - nowMs;
    const tierMs = remainingMs > 0 ? tierFor(remainingMs, this.deps.tiersMs) : undefined;
    const topic = tierMs === undefined ? this.route.again : retryTopic(this.route.base, tierMs);
    return { topic, key, value, headers };
  }
}

/** When a record leaves its retry topic: after the topic's delay, or earlier if it need not wait that long. */
function dueAt(record: IncomingRecord, base: string): number {
  const delayMs = parseDelayLabel(record.topic.slice(`${base}.retry.`.length)) ?? 0;
  return Math.min(record.timestampMs + delayMs, notBefore(record) || Infinity);
}

function notBefore(record: IncomingRecord): number {
  return Number(headerText(record.headers, HEADER.notBefore) ?? 0);
}
