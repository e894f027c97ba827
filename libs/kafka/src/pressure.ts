import type { IncomingRecord } from '@sunbeon/core/ports';
import type { Owned, Partitions } from './partitions.js';

export interface PressureOptions {
  /** Records that may wait in memory; beyond it partitions that hold more than their share of them are paused. */
  readonly maxWaiting: number;
  /** The same in bytes of values. */
  readonly maxWaitingBytes: number;
}

/**
 * Back-pressure: which partitions to pause, and which to resume. Two marks, for pausing and resuming at one would fetch the same
 * records again and again. While memory is full, a partition goes on as long as it holds less than its share: one whose records
 * cannot run now (a hot key, a contract at its limit) fills the memory, and must not stop the others. A partition whose offset
 * map is full waits for that alone. All of it costs the same for each record, however many partitions there are.
 */
export class Pressure {
  #records = 0;
  #bytes = 0;
  /** Paused because memory is full. */
  readonly #paused = new Set<Owned>();

  constructor(
    private readonly partitions: Partitions,
    private readonly options: PressureOptions,
  ) {}

  /** A record waits in memory from now on. */
  add(owned: Owned, record: IncomingRecord): void {
    this.#count(owned, 1, sizeOf(record));
  }

  /** It has begun, or is forgotten. */
  remove(owned: Owned, record: IncomingRecord): void {
    this.#count(owned, -1, -sizeOf(record));
  }

  /** It has just brought records: whether it shall bring no more for now. */
  isTooMuch(owned: Owned): boolean {
    const { maxWaiting, maxWaitingBytes } = this.options;
    const isFull = this.#records > maxWaiting || this.#bytes > maxWaitingBytes;
    if (!isFull || !this.#holdsMoreThan(owned, 1)) return owned.gauge.isFull;
    this.#paused.add(owned);
    return true;
  }

  /** Something (of this one) waits no more: which ones may bring records again. */
  relieved(owned?: Owned): Owned[] {
    if (this.#paused.size === 0) return NONE;
    if (this.isRelieved) {
      const all = [...this.#paused];
      this.#paused.clear();
      return all.filter(({ gauge }) => !gauge.isFull);
    }
    if (owned === undefined || this.#holdsMoreThan(owned, 0.5) || !this.#paused.delete(owned) || owned.gauge.isFull)
      return NONE;
    return [owned];
  }

  /** Its offset map has room again: whether it may bring records. */
  mayGoOn(owned: Owned): boolean {
    if (this.isRelieved || !this.#holdsMoreThan(owned, 1)) return !this.#paused.has(owned);
    this.#paused.add(owned);
    return false;
  }

  /** Not ours any more. */
  forget(owned: Owned): void {
    this.#paused.delete(owned);
  }

  get isRelieved(): boolean {
    return this.#records <= this.options.maxWaiting / 2 && this.#bytes <= this.options.maxWaitingBytes / 2;
  }

  #holdsMoreThan(owned: Owned, part: number): boolean {
    const share = part / this.partitions.size;
    const { maxWaiting, maxWaitingBytes } = this.options;
    return owned.waiting > maxWaiting * share || owned.waitingBytes > maxWaitingBytes * share;
  }

  #count(owned: Owned, records: 1 | -1, bytes: number): void {
    this.#records += records;
    this.#bytes += bytes;
    owned.waiting += records;
    owned.waitingBytes += bytes;
  }
}

const NONE: Owned[] = [];

function sizeOf(record: IncomingRecord): number {
  return record.value?.length ?? 0;
}
