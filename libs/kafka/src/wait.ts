import type { Events } from '@sunbeon/core/events';
import type { Clock, IncomingRecord, Lifecycle, Road, RoadConsumer, TopicPartition } from '@sunbeon/core/ports';
import { Commits, type CommitOptions } from './commits.js';
import { asOfNow, dueAt } from './due.js';
import { forward } from './forward.js';
import { retryTopic, type Route } from './names.js';
import { nameOf, type Owned, Partitions } from './partitions.js';
import type { Produce } from './produce.js';

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
  readonly #forwarding = new Set<Promise<void>>();
  #consumer: RoadConsumer | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;

  constructor(
    private readonly route: Route,
    private readonly deps: WaitDependencies,
  ) {
    this.#commits = new Commits(route.retryGroup, this.#partitions, deps);
  }

  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    if (this.deps.tiersMs.length === 0) return;
    const topics = this.deps.tiersMs.map((delayMs) => retryTopic(this.route.base, delayMs));
    this.#consumer = await this.deps.road.consumer({ group: this.route.retryGroup, topics });
    await this.#consumer.run({
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: () => this.#commits.flush(this.#consumer!),
      onLost: () => undefined,
      onRecords: (records) => this.#received(records),
    });
  }

  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#release.abort();
    await this.#started?.catch(() => undefined); // its caller was told; what it opened is closed here
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    for (const queue of this.#queues.values()) queue.cancel?.();
    await Promise.all(this.#forwarding);
    await this.#commits.end(consumer);
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
      const owned = this.#partitions.of(record);
      if (owned.ledger.note(record.offset)) this.#queueOf(owned).records.push(asOfNow(record, this.deps.clock.now()));
    }
    const queues = new Set(records.map((record) => this.#queueOf(this.#partitions.get(record))));
    // What comes while the broker takes nothing must stay on the topic: `#advance` reads on when it has been forwarded.
    this.#consumer!.pause([...queues].filter(({ running }) => running).map(({ owned }) => owned));
    for (const queue of queues) this.#advance(queue);
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
    const now = this.deps.clock.now();
    const waitMs = dueAt(head, this.route) - now;
    if (waitMs <= 0) return this.#track(this.#forwardDue(queue, now));
    this.#consumer!.pause([queue.owned]);
    queue.cancel = this.deps.clock.after(waitMs, () => this.#advance(queue));
  }

  #track(work: Promise<void>): void {
    this.#forwarding.add(work);
    void work.finally(() => this.#forwarding.delete(work));
  }

  /** @param now the moment at which the head was due: a clock that is set back meanwhile would find nothing. */
  async #forwardDue(queue: Queue, now: number): Promise<void> {
    queue.running = true;
    const end = queue.records.findIndex((record) => dueAt(record, this.route) > now);
    const due = queue.records.splice(0, end < 0 ? queue.records.length : end);
    const isForwarded = await forward(due, now, { ...this.deps, route: this.route, released: this.#release.signal });
    queue.running = false;
    if (!isForwarded) return;
    for (const record of due) {
      queue.owned.ledger.finish(record.offset);
      if (!queue.owned.lost) this.#commits.note(this.#consumer!);
    }
    this.#advance(queue);
  }
}
