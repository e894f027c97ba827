import { partitionOfKey } from '../murmur2.js';

/** Records without key that go to one partition in a row: enough for a good batch, few enough that a big send is spread. */
const RUN = 100;

/**
 * Where records without key go: one call stays with one partition for a run of records, and each call begins with the next
 * one, so that batches are large and no partition is left out.
 */
export class Spread {
  readonly #turns = new Map<string, number>();

  /** For one call: gives a record's turn by topic. */
  call(): (topic: string) => number {
    const seen = new Map<string, number>();
    return (topic) => {
      const count = seen.get(topic) ?? 0;
      if (count % RUN === 0) this.#turns.set(topic, (this.#turns.get(topic) ?? Math.floor(Math.random() * 1_024)) + 1);
      seen.set(topic, count + 1);
      return this.#turns.get(topic)!;
    };
  }
}

/** Murmur2 of the key, as Java clients do; a record without key goes where its `spread` says, if somebody leads there. */
export function chosenPartition(
  { key, spread = 0 }: { readonly key?: Buffer | string | null; readonly spread: number | undefined },
  all: readonly { readonly partitionId: number; readonly leader: number }[],
): number {
  if (key !== null && key !== undefined) return partitionOfKey(key, all.length);
  const led = all.filter(({ leader }) => leader >= 0);
  const partitions = led.length > 0 ? led : all;
  return partitions[spread % partitions.length]!.partitionId;
}
