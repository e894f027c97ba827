import type { IncomingRecord } from '@sunbeon/core/ports';
import type { Owned, Partitions } from './partitions.js';

export interface PressureOptions {
  /** Records that may wait in memory; beyond it the partitions that bring more are paused, and resumed at half of it. */
  readonly maxWaiting: number;
  /** The same in bytes of values. */
  readonly maxWaitingBytes: number;
  /**
   * Records of one partition between the commit point and the highest one read; beyond it the partition is paused. It bounds
   * what one slow record lets pile up behind it uncommitted, and so what a kill repeats.
   */
  readonly maxUncommitted: number;
}

/**
 * Back-pressure: which partitions to pause and to resume. Two marks, for pausing and resuming at one would fetch the same
 * records again and again.
 */
export class Pressure {
  #bytes = 0;

  constructor(
    private readonly partitions: Partitions,
    private readonly options: PressureOptions,
  ) {}

  /** A record waits in memory from now on. */
  add(record: IncomingRecord): void {
    this.#bytes += sizeOf(record);
  }

  /** It is being worked on, or forgotten. */
  remove(record: IncomingRecord): void {
    this.#bytes -= sizeOf(record);
  }

  /** Of those that just brought records, the ones that shall bring no more for now. */
  toPause(records: readonly IncomingRecord[], waiting: number): Owned[] {
    const { maxWaiting, maxWaitingBytes, maxUncommitted } = this.options;
    const full = waiting > maxWaiting || this.#bytes > maxWaitingBytes;
    const bringers = new Set(records.map((record) => this.partitions.get(record)));
    const paused = [...bringers].filter((owned) => full || owned.ledger.size >= maxUncommitted);
    for (const owned of paused) owned.paused = true;
    return paused;
  }

  /** Those that may bring records again. */
  toResume(waiting: number): Owned[] {
    const { maxWaiting, maxWaitingBytes, maxUncommitted } = this.options;
    if (waiting > maxWaiting / 2 || this.#bytes > maxWaitingBytes / 2) return [];
    const resumed = [...this.partitions.all()].filter(
      (owned) => owned.paused && owned.ledger.size <= maxUncommitted / 2,
    );
    for (const owned of resumed) owned.paused = false;
    return resumed;
  }
}

function sizeOf(record: IncomingRecord): number {
  return record.value?.length ?? 0;
}
