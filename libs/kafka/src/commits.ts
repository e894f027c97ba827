import type { Clock, Committed, RoadConsumer } from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import type { Events } from '@sunbeon/core/events';
import { encodeOffsetMap } from './offset-map.js';
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

  /** The last commit before partitions go to another member: it takes over from what the broker has. */
  async last(consumer: RoadConsumer): Promise<void> {
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
      for (const { owned, now } of due) owned.committed = now;
      return true;
    } catch (error) {
      const failure = toFailure(error);
      this.deps.events.emit('commit.failed', { group: this.deps.group, error: failure });
      for (const { owned } of due) this.#again(owned);
      return !failure.retriable;
    }
  }

  #takeDue(): { readonly owned: Owned; readonly now: Committed }[] {
    const dirty = this.#dirty;
    this.#dirty = [];
    return dirty.flatMap((owned) => {
      owned.isDirty = false;
      const offset = owned.ledger.committable;
      if (owned.lost || offset === undefined) return [];
      const now = { offset, metadata: encodeOffsetMap(offset, owned.ledger.finishedAbove()) };
      const { committed } = owned;
      return offset === committed?.offset && now.metadata === committed.metadata ? [] : [{ owned, now }];
    });
  }

  #again(owned: Owned): void {
    if (!owned.isDirty) this.#dirty.push(owned);
    owned.isDirty = true;
  }
}
