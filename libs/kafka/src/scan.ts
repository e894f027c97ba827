import type { Clock, IncomingRecord, Road } from '@sunbeon/core/ports';
import { systemClock } from './clock.js';

/** What to read; without `sinceMs` and `from`: from the first record that still exists. */
export interface ScanRange {
  readonly topic: string;
  /** From the first record at or after this moment, in milliseconds since the epoch. */
  readonly sinceMs?: number;
  /** Only these partitions; default all. */
  readonly partitions?: readonly number[];
  /** Positions to begin at, by partition, instead of `sinceMs`. */
  readonly from?: ReadonlyMap<number, number>;
  readonly clock?: Clock;
}

/** A scan that hears nothing for this long is at the end: the last offsets can be markers that no client gets to see. */
const IDLE_MS = 10_000;

/**
 * Reads a topic up to where it ends now, record by record, holding one fetch at a time in memory.
 * @param onRecord returns true when it has seen enough.
 */
export async function scan(
  road: Road,
  range: ScanRange,
  onRecord: (record: IncomingRecord) => boolean | void,
): Promise<void> {
  const left = await positions(road, range);
  if (left.size === 0) return;
  const from = new Map([...left].map(([partition, { first }]) => [partition, first]));
  const reader = await road.reader({ topic: range.topic, from });
  const { promise: finished, resolve: finish, reject: fail } = Promise.withResolvers<void>();
  const clock = range.clock ?? systemClock;
  let quiet = clock.after(IDLE_MS, finish);
  /** @returns whether the scan is over. */
  const see = (record: IncomingRecord): boolean => {
    const { end } = left.get(record.partition) ?? { end: 0 };
    if (record.offset >= end) return false;
    if (record.offset + 1 >= end) left.delete(record.partition);
    return onRecord(record) === true || left.size === 0;
  };
  let over = false;
  try {
    const reading = reader.run((records) => {
      if (over) return;
      quiet();
      quiet = clock.after(IDLE_MS, finish);
      try {
        if ((over = records.some(see))) finish();
      } catch (error) {
        over = true;
        fail(error); // to the caller of the scan, not into the client's callback
      }
    });
    await Promise.all([reading, finished]);
  } finally {
    quiet();
    await reader.disconnect();
  }
}

/** First and one-past-last positions of the partitions that have something to read. */
async function positions(road: Road, range: ScanRange): Promise<Map<number, { first: number; end: number }>> {
  const admin = await road.admin();
  const offsets = await admin.offsets(range.topic);
  const since = range.sinceMs === undefined ? [] : await admin.offsetsAt(range.topic, range.sinceMs);
  const found = new Map<number, { first: number; end: number }>();
  for (const { partition, low, high } of offsets) {
    if (range.partitions !== undefined && !range.partitions.includes(partition)) continue;
    const asked = range.from?.get(partition) ?? since.find((one) => one.partition === partition)?.offset ?? low;
    const first = Math.max(low, asked);
    if (first < high) found.set(partition, { first, end: high });
  }
  return found;
}
