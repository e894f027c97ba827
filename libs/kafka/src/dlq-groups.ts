import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import { FACT_HEADERS, contractOf, errorOf, fingerprintOf } from './buried-facts.js';
import type { DeadLetterQueue } from './dlq.js';
import { isoTime } from './dlq.js';
import type { Choice, Chosen } from './dlq-filter.js';
import { scan } from './scan.js';

/** Buried records of one DLQ with one fingerprint: one thing that went wrong, so many times. */
export interface DlqGroup {
  readonly fingerprint: string;
  readonly queue: string;
  readonly topic: string;
  readonly contract: string | null;
  readonly count: number;
  /** When the first and the last of them were buried, ISO 8601. */
  readonly first: string;
  readonly last: string;
  /** Of the last one. */
  readonly error: { readonly code: string; readonly name: string; readonly message: string };
  /** The last one's address: `<topic>/<partition>/<offset>`. */
  readonly example: string;
}

export interface DlqGroups {
  /** The largest first. */
  readonly groups: readonly DlqGroup[];
  /** Records whose group came when there were `maxGroups` of them already. */
  readonly others: number;
  /** Records that are meant: those of the groups and the others. */
  readonly total: number;
}

export interface GroupOptions extends Choice {
  /** Groups that are kept, which bounds the memory: of each one row. The first so many that are met. Default 1,000. */
  readonly maxGroups?: number;
}

const MAX_TEXT = 200;

/** Reads all that is meant, once; what is kept are the groups. */
export async function groupBuried(
  road: Road,
  queues: readonly DeadLetterQueue[],
  { sinceMs, headers, ofDlq, maxGroups }: Chosen & { readonly maxGroups: number },
): Promise<DlqGroups> {
  const groups = new Map<string, Group>();
  let [total, others] = [0, 0];
  for (const { queue, dlq } of queues) {
    const { isMeant } = await ofDlq(dlq);
    const range = { topic: dlq, sinceMs, headers: [...headers, ...FACT_HEADERS.fingerprint] };
    await scan(road, range, (record) => {
      if (!isMeant(record)) return;
      total += 1;
      const fingerprint = fingerprintOf(record);
      const name = `${dlq} ${fingerprint}`;
      const group = groups.get(name);
      if (group !== undefined) group.add(record);
      else if (groups.size < maxGroups) groups.set(name, new Group(queue, fingerprint, record));
      else others += 1;
    });
  }
  const rows = [...groups.values()].map((group) => group.row());
  return { groups: rows.sort((a, b) => b.count - a.count || (a.last < b.last ? 1 : -1)), others, total };
}

/** Counts; of the records themselves nothing stays, for they may be large. */
class Group {
  readonly #of: Pick<DlqGroup, 'fingerprint' | 'queue' | 'topic' | 'contract'>;
  #count = 1;
  #firstMs: number;
  #lastMs: number;
  #partition: number;
  #offset: number;
  #error: DlqGroup['error'];

  constructor(queue: string, fingerprint: string, record: IncomingRecord) {
    const { topic, partition, offset, timestampMs } = record;
    this.#of = { fingerprint, queue, topic, contract: contractOf(record)?.slice(0, MAX_TEXT) ?? null };
    this.#firstMs = this.#lastMs = timestampMs;
    [this.#partition, this.#offset] = [partition, offset];
    this.#error = briefError(record);
  }

  add(record: IncomingRecord): void {
    const { partition, offset, timestampMs } = record;
    this.#count += 1;
    if (timestampMs < this.#firstMs) this.#firstMs = timestampMs;
    if (timestampMs < this.#lastMs) return;
    this.#lastMs = timestampMs;
    [this.#partition, this.#offset] = [partition, offset];
    this.#error = briefError(record);
  }

  row(): DlqGroup {
    const example = `${this.#of.topic}/${this.#partition}/${this.#offset}`;
    const [first, last] = [isoTime(this.#firstMs), isoTime(this.#lastMs)];
    return { ...this.#of, count: this.#count, first, last, error: this.#error, example };
  }
}

function briefError(record: IncomingRecord): DlqGroup['error'] {
  const { code, name, message } = errorOf(record);
  return { code: code.slice(0, MAX_TEXT), name: name.slice(0, MAX_TEXT), message: message.slice(0, MAX_TEXT) };
}
