import type { Clock, RoadConsumer } from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import type { Events } from '@sunbeon/core/events';
import type { Partitions } from './partitions.js';

export interface CommitOptions {
  /** How long finished work may stay uncommitted: what a kill -9 repeats. */
  readonly intervalMs: number;
  /** Commits at once after this many finished records. */
  readonly everyRecords: number;
}

/** Commits what the ledgers say is safe, in batches, off the path of the messages. A failed commit is tried with the next one. */
export class Commits {
  #finished = 0;
  #cancel: (() => void) | undefined;
  #running: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(
    private readonly group: string,
    private readonly partitions: Partitions,
    private readonly deps: { readonly clock: Clock; readonly events: Events; readonly options: CommitOptions },
  ) {}

  /** Called for each finished record. */
  note(consumer: RoadConsumer): void {
    if (this.#ended) return; // a handler that was left behind
    this.#finished++;
    if (this.#finished >= this.deps.options.everyRecords) void this.flush(consumer);
    else this.#cancel ??= this.deps.clock.after(this.deps.options.intervalMs, () => void this.flush(consumer));
  }

  /** Commits now. Never rejects: a commit that fails is reported and its offsets stay due. */
  flush(consumer: RoadConsumer): Promise<void> {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#finished = 0;
    this.#running = this.#running.then(() => this.#commit(consumer));
    return this.#running;
  }

  /** The last commit: what fails now is not tried again, for another member takes over from the broker's offset. */
  async end(consumer: RoadConsumer): Promise<void> {
    this.#ended = true;
    await this.flush(consumer);
  }

  async #commit(consumer: RoadConsumer): Promise<void> {
    const due = [...this.partitions.all()].flatMap((owned) => {
      const offset = owned.ledger.committable;
      return offset === undefined || offset === owned.committed ? [] : [{ owned, offset }];
    });
    if (due.length === 0) return;
    try {
      await consumer.commit(due.map(({ owned: { topic, partition }, offset }) => ({ topic, partition, offset })));
      for (const { owned, offset } of due) owned.committed = offset;
    } catch (error) {
      this.deps.events.emit('commit.failed', { group: this.group, error: toFailure(error) });
      if (!this.#ended)
        this.#cancel ??= this.deps.clock.after(this.deps.options.intervalMs, () => void this.flush(consumer));
    }
  }
}
