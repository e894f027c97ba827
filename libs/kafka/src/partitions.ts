import { Ledger } from '@sunbeon/core/ledger';
import type { TopicPartition } from '@sunbeon/core/ports';

/** One partition while this consumer owns it. */
export interface Owned extends TopicPartition {
  readonly ledger: Ledger;
  /** The offset that the broker last took from us; undefined before the first commit. */
  committed: number | undefined;
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
      owned = { topic, partition, ledger: new Ledger(), committed: undefined, paused: false, lost: false };
      this.#owned.set(name, owned);
    }
    return owned;
  }

  /** Partitions that stay keep their ledger, so that records fetched again after a rebalance do not run again. */
  assign(now: readonly TopicPartition[]): { lost: Owned[] } {
    const kept = new Set(now.map(nameOf));
    const lost = [...this.#owned.values()].filter((owned) => !kept.has(nameOf(owned)));
    for (const owned of lost) this.#lose(owned);
    for (const partition of now) this.get(partition).paused = false;
    return { lost };
  }

  /**
   * The partition's offsets began anew below what was committed (a topic deleted and made again): the old ledger would take
   * every new record for a second delivery.
   */
  restart(owned: Owned): Owned {
    this.#lose(owned);
    return this.get(owned);
  }

  #lose(owned: Owned): void {
    owned.lost = true;
    this.#owned.delete(nameOf(owned));
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
