import { Fifo } from './fifo.js';

/**
 * Which offsets of one partition are finished, and how far it is safe to commit. Offsets are noted in rising order, may have
 * gaps (compaction, control records) and finish in any order. The caller bounds its size by pausing the partition.
 */
export class Ledger {
  /** Noted and not yet below the commit point, in rising order. */
  readonly #noted = new Fifo<number>();
  /** Noted and not finished. */
  readonly #open = new Set<number>();
  #lowest: number | undefined;
  #highest = -1;
  #committable: number | undefined;

  /** Offsets that are noted and not yet safe to commit past: what the ledger holds in memory. */
  get size(): number {
    return this.#noted.length;
  }

  /** One past the highest offset that is finished together with all before it; undefined before the first one. */
  get committable(): number | undefined {
    return this.#committable;
  }

  /** The last offset that was noted; -1 before the first one. */
  get highest(): number {
    return this.#highest;
  }

  /** The first offset that was noted. */
  get lowest(): number | undefined {
    return this.#lowest;
  }

  /** @returns false when this offset was noted before: the record is a second delivery and must not run again. */
  note(offset: number): boolean {
    if (offset <= this.#highest) return false;
    this.#lowest ??= offset;
    this.#highest = offset;
    this.#noted.push(offset);
    this.#open.add(offset);
    return true;
  }

  /** The verdict on this offset is acknowledged. An offset that is not noted, or finished already, changes nothing. */
  finish(offset: number): void {
    if (!this.#open.delete(offset)) return;
    while (this.#noted.first !== undefined && !this.#open.has(this.#noted.first)) {
      this.#committable = this.#noted.shift()! + 1;
    }
  }
}
