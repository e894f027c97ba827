import type { OffsetRun } from '@sunbeon/core/ledger';

/** Offsets of one chunk: a bit each, 8 KiB together. */
const CHUNK = 65_536;

/** A set of offsets: one bit each, in chunks that exist only where something is. A million in a row cost 128 KiB. */
export class OffsetSet {
  readonly #chunks = new Map<number, Uint8Array>();

  add(runs: Iterable<OffsetRun>): void {
    for (const { from, to } of runs) for (let offset = from; offset < to; offset++) this.#add(offset);
  }

  has(offset: number): boolean {
    const at = offset % CHUNK;
    const bits = this.#chunks.get(Math.floor(offset / CHUNK));
    return bits !== undefined && (bits[at >> 3]! & (1 << (at & 7))) !== 0;
  }

  #add(offset: number): void {
    const index = Math.floor(offset / CHUNK);
    const bits = this.#chunks.get(index) ?? new Uint8Array(CHUNK / 8);
    this.#chunks.set(index, bits);
    const at = offset % CHUNK;
    bits[at >> 3]! |= 1 << (at & 7);
  }
}

/** Offsets of some partitions of one topic, in order, as runs. */
export type PartitionRuns = ReadonlyMap<number, readonly OffsetRun[]>;

/** @param places in the order of their offsets, within each partition */
export function runsOf(places: Iterable<{ readonly partition: number; readonly offset: number }>): PartitionRuns {
  const runs = new Map<number, { from: number; to: number }[]>();
  for (const { partition, offset } of places) {
    const own = runs.get(partition) ?? [];
    runs.set(partition, own);
    const last = own.at(-1);
    if (last?.to === offset) last.to = offset + 1;
    else own.push({ from: offset, to: offset + 1 });
  }
  return runs;
}

export function hasOffset(runs: PartitionRuns | undefined, partition: number, offset: number): boolean {
  const own = runs?.get(partition) ?? [];
  let [low, high] = [0, own.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (own[middle]!.to <= offset) low = middle + 1;
    else high = middle;
  }
  return low < own.length && own[low]!.from <= offset;
}

export function countOf(runs: PartitionRuns): number {
  return [...runs.values()].flat().reduce((sum, { from, to }) => sum + to - from, 0);
}
