import type { Clock, Committed, RoadConsumer } from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import type { Events } from '@sunbeon/core/events';
import { encodeMetadata } from './commit-metadata.js';
import type { DeliveryState } from './deliveries.js';
import type { Owned } from './partitions.js';

export interface CommitOptions {
  /** How long finished work may stay uncommitted: what a kill -9 repeats. */
  readonly intervalMs: number;
  /** Commits at once after this many finished records. */
  readonly everyRecords: number;
}

export interface CommitDependencies {
  readonly group: string;
  readonly clock: Clock;
  readonly events: Events;
  readonly options: CommitOptions;
  /** What was said of lanes of this partition is not needed any more: no later owner reads those records again. */
  readonly onOver?: (owned: Owned, marks: readonly string[]) => void;
}

/** After a commit failed that something waits for. */
const AGAIN_MS = 100;

/** What a commit says of a partition. */
interface Due {
  readonly owned: Owned;
  readonly now: Committed;
  readonly deliveries: DeliveryState | undefined;
  readonly version: number;
  readonly over: readonly string[];
}

/** The last commit of a partition is tried so often, if trying again can help: nobody comes after it. */
const LAST_TRIES = 3;
const LAST_PAUSE_MS = 100;

/**
 * Commits what the ledgers say is safe, and the map of what is finished above it, in batches, off the path of the messages. A
 * failed commit is tried with the next one.
 */
export class Commits {
  /** Partitions with something to say, each once. */
  #dirty: Owned[] = [];
  #finished = 0;
  #cancel: (() => void) | undefined;
  #running: Promise<unknown> = Promise.resolve();
  /** A commit that waits for the one before it: it takes along what finishes until its turn. */
  #queued: Promise<boolean> | undefined;
  #ended = false;

  constructor(private readonly deps: CommitDependencies) {}

  /** Called for each finished record. */
  note(owned: Owned, consumer: RoadConsumer): void {
    if (this.#ended || owned.lost) return; // a handler that was left behind
    if (!owned.isDirty) this.#dirty.push(owned);
    owned.isDirty = true;
    this.#finished++;
    if (this.#finished >= this.deps.options.everyRecords) void this.flush(consumer);
    else this.#cancel ??= this.deps.clock.after(this.deps.options.intervalMs, () => void this.flush(consumer));
  }

  /** Commits now. Never rejects: a commit that fails is reported and stays due. */
  async flush(consumer: RoadConsumer): Promise<void> {
    await this.#inTurn(consumer);
    if (this.#ended || this.#dirty.length === 0) return;
    this.#cancel ??= this.deps.clock.after(this.deps.options.intervalMs, () => void this.flush(consumer));
  }

  /**
   * Commits until all that is known of the deliveries now has been said.
   * @returns false when the partition was lost, or the signal aborted, first
   */
  async say(owned: Owned, consumer: RoadConsumer, leaving?: AbortSignal): Promise<boolean> {
    const { deliveries } = owned;
    const { version } = deliveries;
    const isOver = (): boolean => leaving?.aborted === true;
    for (;;) {
      if (this.#ended || owned.lost || isOver()) return false;
      this.#again(owned);
      await this.#inTurn(consumer);
      if (deliveries.said >= version) return !isOver();
      await new Promise<void>((resume) => this.deps.clock.after(AGAIN_MS, resume));
    }
  }

  /** The last commit before these partitions go to another member: it takes over from what the broker has. */
  async last(going: readonly Owned[], consumer: RoadConsumer): Promise<void> {
    for (const owned of going.filter(({ deliveries }) => deliveries.max > 0)) {
      owned.deliveries.close(); // which is to be said, also where nothing was finished
      this.#again(owned);
    }
    for (let tries = 1; !(await this.#inTurn(consumer)) && tries < LAST_TRIES; tries++) {
      await new Promise<void>((resume) => this.deps.clock.after(LAST_PAUSE_MS, resume));
    }
  }

  /** Nothing is committed from now on. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancel?.();
    await this.#running;
  }

  #inTurn(consumer: RoadConsumer): Promise<boolean> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#finished = 0;
    if (this.#queued === undefined) {
      this.#queued = this.#running.then(() => {
        this.#queued = undefined;
        return this.#commit(consumer);
      });
      this.#running = this.#queued;
    }
    return this.#queued;
  }

  /** @returns false when it should be tried again */
  async #commit(consumer: RoadConsumer): Promise<boolean> {
    const due = this.#takeDue();
    if (due.length === 0) return true;
    try {
      await consumer.commit(due.map(({ owned: { topic, partition }, now }) => ({ topic, partition, ...now })));
      for (const { owned, now, deliveries, version, over } of due) {
        owned.committed = now;
        owned.deliveries.isSaid(deliveries, version);
        const isOver = over.filter((mark) => owned.over.delete(mark)); // unless it was written over meanwhile
        if (isOver.length > 0) this.deps.onOver?.(owned, isOver);
      }
      return true;
    } catch (error) {
      const failure = toFailure(error);
      this.deps.events.emit('commit.failed', { group: this.deps.group, error: failure });
      for (const { owned } of due) this.#again(owned);
      return !failure.retriable;
    }
  }

  #takeDue(): Due[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    return dirty.flatMap((owned) => {
      owned.isDirty = false;
      const { ledger, committed } = owned;
      const offset = ledger.committable;
      if (owned.lost || offset === undefined) return [];
      const { version } = owned.deliveries;
      const deliveries = owned.deliveries.state();
      const now = { offset, metadata: encodeMetadata(offset, ledger.finishedAbove(), deliveries) };
      if (offset !== committed?.offset || now.metadata !== committed.metadata) return [{ owned, now, deliveries, version, over: [...owned.over] }]; // prettier-ignore
      owned.deliveries.isSaid(deliveries, version);
      return [];
    });
  }

  #again(owned: Owned): void {
    if (!owned.isDirty) this.#dirty.push(owned);
    owned.isDirty = true;
  }
}
