import type { Events } from '@sunbeon/core/events';
import type { Clock, IncomingRecord, Lifecycle, Road } from '@sunbeon/core/ports';
import type { CommitOptions } from './commits.js';
import { asOfNow, dueAt } from './due.js';
import { forward } from './forward.js';
import { GroupMember, type Room } from './group-member.js';
import { retryTopic, type Route } from './names.js';
import type { Owned } from './partitions.js';
import type { Produce } from './produce.js';

export interface WaitDependencies {
  readonly road: Road;
  readonly clock: Clock;
  readonly events: Events;
  readonly produce: Produce;
  readonly options: CommitOptions & { readonly drainTimeoutMs: number };
  /** The route's distinct delays, in rising order. */
  readonly tiersMs: readonly number[];
}

/**
 * More is read so long before the last one in memory is due: by then it is here. A resume waits for the fetch that is under way, and
 * what is read only when the one before it has gone is late by that.
 */
const AHEAD_MS = 500;
/** With more in memory nothing is read ahead: of a burst that is due at one moment a fetch after the other would be. */
const AHEAD_BYTES = 512 * 1024;
/** What a record takes besides its value, roughly. */
const BESIDES_BYTES = 1_024;

interface Queue {
  readonly owned: Owned;
  readonly records: IncomingRecord[];
  /** That the records in memory take. */
  bytes: number;
  running: boolean;
  cancel: (() => void) | undefined;
}

/**
 * Stop 7, wait: reads a route's retry topics and sends each record back when it is due. One topic has one delay, so its head is
 * always due first; until shortly before what was fetched with it is due too, the partition is paused and nothing more is in memory.
 */
export class Wait implements Lifecycle, Room {
  readonly #queues = new Map<Owned, Queue>();
  readonly #member: GroupMember;

  constructor(
    private readonly route: Route,
    private readonly deps: WaitDependencies,
  ) {
    const { road, clock, events, options, tiersMs } = deps;
    const topics = tiersMs.map((delayMs) => retryTopic(route.base, delayMs));
    this.#member = new GroupMember(this, { road, clock, events, options, drainTimeoutMs: options.drainTimeoutMs, group: route.retryGroup, topics, maxDeliveries: 0 }); // prettier-ignore
  }

  async start(): Promise<void> {
    if (this.deps.tiersMs.length > 0) await this.#member.start();
  }

  stop(): Promise<void> {
    return this.#member.stop();
  }

  onRecords(owned: Owned, records: readonly IncomingRecord[]): void {
    const queue = this.#queues.get(owned) ?? { owned, records: [], bytes: 0, running: false, cancel: undefined };
    this.#queues.set(owned, queue);
    for (const record of records) queue.records.push(asOfNow(record, this.deps.clock.now()));
    queue.bytes += bytesOf(records);
    // What comes while the broker takes nothing must stay on the topic: `#advance` reads on when it has been forwarded.
    if (queue.running) this.#member.pause([owned]);
    this.#advance(queue);
  }

  forget(going: readonly Owned[]): void {
    for (const owned of going) {
      this.#queues.get(owned)?.cancel?.();
      this.#queues.delete(owned);
    }
  }

  next(): void {
    for (const queue of this.#queues.values()) if (queue.records.length > 0) this.#advance(queue);
  }

  /** Forwards all that is due; then waits for the new head, or until there is more to read. */
  #advance(queue: Queue): void {
    if (queue.running || queue.owned.leaving.aborted) return;
    queue.cancel?.();
    queue.cancel = undefined;
    const [head] = queue.records;
    if (head === undefined) return this.#member.resume([queue.owned]);
    const now = this.deps.clock.now();
    const waitMs = dueAt(head, this.route) - now;
    if (waitMs <= 0) return this.#member.mayBegin() ? void this.#forwardDue(queue, now) : undefined; // `next` comes back to it
    const untilReadMs = this.#readsAt(queue) - now;
    if (untilReadMs > 0) this.#member.pause([queue.owned]);
    else this.#member.resume([queue.owned]);
    queue.cancel = this.deps.clock.after(untilReadMs > 0 ? Math.min(waitMs, untilReadMs) : waitMs, () => this.#advance(queue)); // prettier-ignore
  }

  /** When more may be read; `Infinity`: not before some have gone. */
  #readsAt({ records, bytes }: Queue): number {
    return bytes > AHEAD_BYTES ? Infinity : dueAt(records.at(-1)!, this.route) - AHEAD_MS;
  }

  /** @param now the moment at which the head was due: a clock that is set back meanwhile would find nothing. */
  async #forwardDue(queue: Queue, now: number): Promise<void> {
    const { owned, records } = queue;
    queue.running = true;
    owned.began();
    const end = records.findIndex((record) => dueAt(record, this.route) > now);
    const due = records.splice(0, end < 0 ? records.length : end);
    queue.bytes -= bytesOf(due);
    const isForwarded = await forward(due, now, { ...this.deps, route: this.route, released: owned.leaving });
    if (isForwarded) for (const { offset } of due) this.#member.finish(owned, offset);
    queue.running = false;
    owned.ended();
    if (isForwarded) this.#advance(queue);
  }
}

function bytesOf(records: readonly IncomingRecord[]): number {
  return records.reduce((bytes, { value }) => bytes + BESIDES_BYTES + (value?.length ?? 0), 0);
}
