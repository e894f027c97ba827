import type { Clock, IncomingRecord, Road } from '@sunbeon/core/ports';
import { systemClock } from './clock.js';

/** What to read; without `sinceMs` and `from`: from the first record that still exists. */
export interface ScanRange {
  readonly topic: string;
  /** From the first record at or after this moment, in milliseconds since the epoch. */
  readonly sinceMs?: number | undefined;
  /** Only these partitions; default all. */
  readonly partitions?: readonly number[];
  /** Positions to begin at, by partition, instead of `sinceMs`. */
  readonly from?: ReadonlyMap<number, number>;
  /** Positions to end before, by partition; default, and at most, where the partition ends when the scan begins. */
  readonly to?: ReadonlyMap<number, number>;
  /** Records come with these headers alone; default all. */
  readonly headers?: readonly string[] | undefined;
  readonly clock?: Clock;
}

/** Has seen enough when it says true. */
export type OnRecord = (record: IncomingRecord) => boolean | void;
/** The same for the records of one fetch, of one partition; while its promise is open nothing more is read. */
export type OnRecords = (records: readonly IncomingRecord[]) => boolean | void | Promise<boolean | void>;

/**
 * The last offsets can be markers that no client gets to see: a scan that hears nothing for two such spans is at its end, if brokers answer
 * fetches meanwhile and know the topic. Else it waits on: a broker that is away, a process that stood still (its timers go off before it
 * reads what has come) and a blocked event loop are silent too.
 */
const IDLE_MS = 10_000;
/** A fetch is answered more often, records or not. */
const ANSWERED_MS = 3_000;

/**
 * Reads a topic up to where it ends now, record by record, holding one fetch at a time in memory. Order is that of each partition.
 * @param onRecord returns true when it has seen enough.
 */
export function scan(road: Road, range: ScanRange, onRecord: OnRecord): Promise<void> {
  return scanBatches(road, range, (records) => records.some((record) => onRecord(record) === true));
}

/** The same by fetches, for who has to wait for something (a file, another topic) before it takes more. */
export async function scanBatches(road: Road, range: ScanRange, onRecords: OnRecords): Promise<void> {
  const left = await positions(road, range);
  if (left.size === 0) return;
  const from = new Map([...left].map(([partition, { first }]) => [partition, first]));
  const reader = await road.reader({ topic: range.topic, from, headers: range.headers });
  const clock = range.clock ?? systemClock;
  const isHeard = async (): Promise<boolean> => {
    if (clock.now() - (reader.lastPollMs() ?? -Infinity) > ANSWERED_MS) return false;
    const admin = await road.admin();
    return admin.offsets(range.topic).then(() => true, () => false); // prettier-ignore
  };
  const sweep = new Sweep(left, onRecords, { clock, isHeard });
  try {
    await Promise.all([reader.run((records) => sweep.take(records)), sweep.finished]);
  } finally {
    sweep.end();
    await reader.disconnect();
  }
}

interface Listening {
  readonly clock: Clock;
  /** Whether silence says anything: brokers answer. */
  readonly isHeard: () => Promise<boolean>;
}

/** What is still to be read, and who looks at it. */
class Sweep {
  readonly #settle = Promise.withResolvers<void>();
  readonly #left: Map<number, { readonly end: number }>;
  readonly #onRecords: OnRecords;
  readonly #by: Listening;
  /** Spans of silence in a row in which brokers answered. */
  #silent = 0;
  /** Counts what has come. */
  #came = 0;
  #cancel: () => void = () => undefined;
  #isOver = false;

  constructor(left: Map<number, { readonly end: number }>, onRecords: OnRecords, by: Listening) {
    this.#left = left;
    this.#onRecords = onRecords;
    this.#by = by;
    this.#wait();
  }

  get finished(): Promise<void> {
    return this.#settle.promise;
  }

  /** What the receiver throws goes to the caller of the scan, not into the client's callback. */
  take(records: readonly IncomingRecord[]): void | Promise<void> {
    if (this.#isOver) return;
    this.#cancel();
    this.#came++;
    this.#silent = 0;
    try {
      const wanted = this.#wanted(records);
      const enough = wanted.length === 0 ? false : this.#onRecords(wanted);
      if (!(enough instanceof Promise)) return this.#taken(enough);
      return enough.then((said) => this.#taken(said)).catch((error: unknown) => this.#fail(error));
    } catch (error) {
      this.#fail(error);
    }
  }

  end(): void {
    this.#isOver = true;
    this.#cancel();
    this.#settle.resolve();
  }

  #taken(enough: boolean | void): void {
    if (enough === true || this.#left.size === 0) this.end();
    else if (!this.#isOver) this.#wait();
  }

  #fail(error: unknown): void {
    this.#settle.reject(error);
    this.end();
  }

  #wait(): void {
    this.#cancel = this.#by.clock.after(IDLE_MS, () => void this.#quiet());
  }

  async #quiet(): Promise<void> {
    const came = this.#came;
    const isHeard = await this.#by.isHeard();
    if (this.#isOver || this.#came !== came) return;
    this.#silent = isHeard ? this.#silent + 1 : 0;
    if (this.#silent >= 2) this.end();
    else this.#wait();
  }

  /** All but what lies beyond the end. Offsets may have gaps, so the end is also known by a record that lies behind it. */
  #wanted(records: readonly IncomingRecord[]): readonly IncomingRecord[] {
    const { partition, offset } = records.at(-1)!;
    const end = this.#left.get(partition)?.end ?? 0;
    if (offset + 1 >= end) this.#left.delete(partition);
    return offset < end ? records : records.filter((record) => record.offset < end);
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
    const end = Math.min(high, range.to?.get(partition) ?? high);
    if (first < end) found.set(partition, { first, end });
  }
  return found;
}
