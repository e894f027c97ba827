import type { Road } from '@sunbeon/core/ports';
import { FACT_HEADERS } from './buried-facts.js';
import { type BuriedRow, type DeadLetterQueue, rowOf } from './dlq.js';
import type { Choice, Chosen, Meant } from './dlq-filter.js';
import { scan } from './scan.js';

/** The newest buried records that are meant. */
export interface BuriedList {
  /** In the order in which they were buried. */
  readonly rows: readonly BuriedRow[];
  /** Whether older ones may be meant too: not all was looked at, or more was found than the limit. */
  readonly hasMore: boolean;
  /** Records looked at. */
  readonly seen: number;
}

export interface ListOptions extends Choice {
  /** Rows at most, and also what bounds the memory. Default 1,000. */
  readonly limit?: number;
}

const ROW_HEADERS = [...FACT_HEADERS.fingerprint, ...FACT_HEADERS.id, ...FACT_HEADERS.attempts];
/** The first window of each partition is as large as the limit, and this at least; each further one is so much larger. */
const LEAST_WINDOW = 500;
const GROWTH = 4;
const MAX_WINDOW = 250_000;

/**
 * The newest records that are meant. Kafka reads forwards, so partitions are read in windows from their end backwards, until each has
 * given as many as are wanted, or has nothing so new any more (a partition is in the order of its timestamps, but for the difference of the
 * consumers' clocks), or is at its beginning: a short list of a long DLQ is there at once.
 */
export async function newestBuried(
  road: Road,
  queues: readonly DeadLetterQueue[],
  { sinceMs, headers, ofDlq, limit }: Chosen & { readonly limit: number },
): Promise<BuriedList> {
  const rows = new NewestRows(limit);
  let [seen, hasUnread] = [0, false];
  for (const queue of queues) {
    const meant = await ofDlq(queue.dlq);
    const unread = await unreadOf(road, queue.dlq, sinceMs);
    for (let size = Math.max(limit, LEAST_WINDOW); ; size = Math.min(size * GROWTH, MAX_WINDOW)) {
      const oldestMs = rows.oldestMs();
      const open = unread.filter(({ low, end, found, atMs }) => low < end && found < limit && atMs >= oldestMs);
      if (open.length === 0) break;
      seen += await readWindows(road, queue, { open, size, headers: [...headers, ...ROW_HEADERS], meant, rows });
    }
    hasUnread ||= unread.some(({ low, end }) => low < end);
  }
  return { rows: rows.inOrder(), hasMore: hasUnread || rows.hasLeftOut, seen };
}

/** What of a partition is not read yet, and how many were found in the rest, whose oldest record was buried at `atMs`. */
interface Unread {
  readonly partition: number;
  readonly low: number;
  end: number;
  found: number;
  atMs: number;
}

async function unreadOf(road: Road, topic: string, sinceMs: number | undefined): Promise<Unread[]> {
  const admin = await road.admin();
  const offsets = await admin.offsets(topic);
  const since = sinceMs === undefined ? [] : await admin.offsetsAt(topic, sinceMs);
  return offsets.map(({ partition, low, high }) => {
    const first = since.find((one) => one.partition === partition)?.offset ?? low;
    return { partition, low: Math.max(low, first), end: high, found: 0, atMs: Infinity };
  });
}

interface Windows {
  readonly open: readonly Unread[];
  readonly size: number;
  readonly headers: readonly string[];
  readonly meant: Meant;
  readonly rows: NewestRows;
}

/** One window of each partition, all in one pass. @returns records seen */
async function readWindows(road: Road, { queue, dlq }: DeadLetterQueue, windows: Windows): Promise<number> {
  const { open, size, headers, meant, rows } = windows;
  const byPartition = new Map(open.map((one) => [one.partition, one]));
  const to = new Map(open.map(({ partition, end }) => [partition, end]));
  const from = new Map(open.map(({ partition, low, end }) => [partition, Math.max(low, end - size)]));
  let seen = 0;
  await scan(road, { topic: dlq, partitions: [...from.keys()], from, to, headers }, (record) => {
    seen += 1;
    const of = byPartition.get(record.partition)!;
    if (record.timestampMs < of.atMs) of.atMs = record.timestampMs;
    if (!meant.isMeant(record)) return;
    of.found += 1;
    rows.add(record.timestampMs, () => rowOf(queue, record, meant.dispositionOf(record.partition, record.offset)));
  });
  for (const one of open) one.end = from.get(one.partition)!;
  return seen;
}

/** The newest rows, a bounded number of them. */
class NewestRows {
  readonly #limit: number;
  #rows: { readonly atMs: number; readonly row: BuriedRow }[] = [];
  /** What is older than this need not be looked at: the limit is reached without it. */
  #oldestMs = -Infinity;
  hasLeftOut = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(atMs: number, row: () => BuriedRow): void {
    if (atMs < this.#oldestMs) {
      this.hasLeftOut = true;
      return;
    }
    this.#rows.push({ atMs, row: row() });
    if (this.#rows.length >= 2 * this.#limit) this.#cut();
  }

  /** As many as wanted are newer than this; what is older is not wanted any more. */
  oldestMs(): number {
    this.#cut();
    return this.#rows.length < this.#limit ? -Infinity : this.#rows[0]!.atMs;
  }

  inOrder(): BuriedRow[] {
    this.#cut();
    return this.#rows.map(({ row }) => row);
  }

  #cut(): void {
    this.#rows.sort((a, b) => a.atMs - b.atMs || comparePlaces(a.row, b.row));
    if (this.#rows.length <= this.#limit) return;
    this.#rows = this.#rows.slice(-this.#limit);
    this.#oldestMs = this.#rows[0]!.atMs;
    this.hasLeftOut = true;
  }
}

/** Records of one moment in the order of their partition: that is the order in which they were buried. */
function comparePlaces(a: BuriedRow, b: BuriedRow): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition || a.offset - b.offset;
}
