import { Ledger } from '@sunbeon/core/ledger';
import type { AssignedPartition, Committed, TopicPartition } from '@sunbeon/core/ports';
import { decodeDeliveries } from './commit-metadata.js';
import { Deliveries } from './deliveries.js';
import { MapGauge } from './map-gauge.js';
import { decodeOffsetMap } from './offset-map.js';

/** One partition while this consumer owns it. */
export class Owned implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly ledger: Ledger;
  readonly gauge: MapGauge;
  readonly deliveries: Deliveries;
  /** What the broker last took from us or from an earlier owner; undefined before the first commit. */
  committed: Committed | undefined;
  /** Since it was given to us a second time until what was read before has come again: what was committed then. */
  again: { readonly from: number | undefined } | undefined;
  /** Notes on its lanes (see held-notes.ts) that are true no more once what is finished now is committed. */
  readonly over = new Set<string>();
  /** Finished since the last commit: it has something to say. */
  isDirty = false;
  paused = false;
  /** Records of it that wait in memory, and the bytes of their values. */
  waiting = 0;
  waitingBytes = 0;
  /** Not ours any more: what still runs settles its verdict, but commits nothing. */
  lost = false;
  /** Aborts when it shall go: nothing of it begins, and whoever waits for something (a retry of a write) stops waiting. */
  readonly #leaving = new AbortController();
  /** Aborts when its time is up: of handlers that run, the signal. */
  readonly #released = new AbortController();
  #running = 0;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor({ topic, partition }: TopicPartition, committed?: Committed, maxDeliveries = 0) {
    this.topic = topic;
    this.partition = partition;
    this.committed = committed;
    this.ledger = new Ledger(committed && leftOff(committed));
    this.gauge = new MapGauge(this.ledger);
    this.deliveries = new Deliveries(this.ledger, maxDeliveries, committed && decodeDeliveries(committed.offset, committed.metadata)); // prettier-ignore
  }

  get leaving(): AbortSignal {
    return this.#leaving.signal;
  }

  get released(): AbortSignal {
    return this.#released.signal;
  }

  /** A piece of work of it runs, until {@link ended}. */
  began(): void {
    this.#running++;
  }

  ended(): void {
    if (--this.#running === 0) this.#idle?.resolve();
  }

  leave(): void {
    this.#leaving.abort();
  }

  release(): void {
    this.#leaving.abort();
    this.#released.abort();
  }

  /** Resolves when nothing of it runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return (this.#idle ??= Promise.withResolvers()).promise;
  }
}

function leftOff({ offset, metadata }: Committed): ConstructorParameters<typeof Ledger>[0] {
  return { offset, finished: decodeOffsetMap(offset, metadata) };
}

/** The partitions that this consumer owns, with their ledgers. */
export class Partitions {
  readonly #owned = new Map<string, Owned>();

  /** @param maxDeliveries after which a record is buried; 0 = nobody counts */
  constructor(private readonly maxDeliveries = 0) {}

  get size(): number {
    return this.#owned.size;
  }

  all(): IterableIterator<Owned> {
    return this.#owned.values();
  }

  find(partition: TopicPartition): Owned | undefined {
    return this.#owned.get(nameOf(partition));
  }

  /** What is ours already stays as it is, though it may be read again from where it was committed. */
  add(assigned: readonly AssignedPartition[]): { added: Owned[] } {
    const added: Owned[] = [];
    for (const partition of assigned) {
      const known = this.find(partition);
      if (known === undefined) added.push(this.#begin(partition, partition.committed));
      else [known.paused, known.again] = [false, { from: known.committed?.offset }];
    }
    return { added };
  }

  /** Not ours any more. */
  remove(owned: Owned): void {
    owned.lost = true;
    if (this.find(owned) === owned) this.#owned.delete(nameOf(owned));
  }

  /**
   * The partition that a record is of; undefined when it is not ours. Its offsets began anew when one comes below what was
   * committed, or below the first one read (a topic deleted and made again): the old ledger would take every new record for a
   * second delivery.
   */
  of(record: TopicPartition & { readonly offset: number }): Owned | undefined {
    const owned = this.find(record);
    return owned === undefined || owned.lost ? undefined : this.since(owned, record.offset);
  }

  /** The same of a partition that is known to be ours. */
  since(owned: Owned, offset: number): Owned {
    const { committed, again, ledger } = owned;
    // Between a second assignment and its first records more may be committed than the place where the fetch has begun.
    const from = again === undefined ? committed?.offset : again.from;
    if (offset < (from ?? ledger.lowest ?? 0)) {
      this.remove(owned);
      return this.#begin(owned, undefined);
    }
    if (offset >= ledger.highest) owned.again = undefined;
    return owned;
  }

  #begin(partition: TopicPartition, committed: Committed | undefined): Owned {
    const owned = new Owned(partition, committed, this.maxDeliveries);
    this.#owned.set(nameOf(owned), owned);
    return owned;
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
