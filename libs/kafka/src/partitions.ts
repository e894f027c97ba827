import { Ledger } from '@sunbeon/core/ledger';
import type { TopicPartition } from '@sunbeon/core/ports';

/** One partition while this consumer owns it. */
export interface Owned extends TopicPartition {
  readonly ledger: Ledger;
  /** The offset that the broker last took from us; undefined before the first commit. */
  committed: number | undefined;
  /** From a rebalance that it stayed through until what was read before has come again: what was committed then. */
  again: { readonly from: number | undefined } | undefined;
  paused: boolean;
  /** True once it was taken away: what still runs settles its verdict, but commits nothing. */
  lost: boolean;
}

/** The partitions that this consumer owns, with their ledgers. */
export class Partitions {
  readonly #owned = new Map<string, Owned>();

  get size(): number {
    return this.#owned.size;
  }

  all(): IterableIterator<Owned> {
    return this.#owned.values();
  }

  get({ topic, partition }: TopicPartition): Owned {
    const name = nameOf({ topic, partition });
    let owned = this.#owned.get(name);
    if (owned === undefined) {
      owned = { topic, partition, ledger: new Ledger(), committed: undefined, again: undefined, paused: false, lost: false }; // prettier-ignore
      this.#owned.set(name, owned);
    }
    return owned;
  }

  /** Partitions that stay keep their ledger, so that records fetched again after a rebalance do not run again. */
  assign(now: readonly TopicPartition[]): { lost: Owned[] } {
    const kept = new Set(now.map(nameOf));
    const lost = [...this.#owned.values()].filter((owned) => !kept.has(nameOf(owned)));
    for (const owned of lost) this.#lose(owned);
    for (const owned of now.map((partition) => this.get(partition))) {
      owned.paused = false;
      owned.again = { from: owned.committed };
    }
    return { lost };
  }

  /**
   * The partition that a record is of. Its offsets began anew when one comes below what was committed, or below the first one
   * read (a topic deleted and made again): the old ledger would take every new record for a second delivery.
   */
  of(record: TopicPartition & { readonly offset: number }): Owned {
    const owned = this.get(record);
    const { committed, again, ledger } = owned;
    // Between an assignment and its first records more may be committed than the place where the fetch has begun.
    const from = again === undefined ? committed : again.from;
    if (record.offset < (from ?? ledger.lowest ?? 0)) {
      this.#lose(owned);
      return this.get(owned);
    }
    if (record.offset >= ledger.highest) owned.again = undefined;
    return owned;
  }

  #lose(owned: Owned): void {
    owned.lost = true;
    this.#owned.delete(nameOf(owned));
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
