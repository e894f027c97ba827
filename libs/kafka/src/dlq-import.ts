import { hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { type Failure, SunbeonError, toFailure } from '@sunbeon/core';
import type { IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { ByteCounts } from './byte-counts.js';
import { type BuriedLine, headerPairs, invalid, parseLine } from './dlq-line.js';
import { Produce } from './produce.js';
import { PRODUCE_DEFAULTS } from './produce-options.js';
import { measure } from './record-size.js';
import { scan } from './scan.js';
import { textLines } from './text-lines.js';

/** What an import did. `lines` = imported + skipped + failed. */
export interface ImportReport {
  readonly lines: number;
  /** Written and acknowledged; of a dry run, what would be. */
  readonly imported: number;
  /** Lay in the DLQ already. */
  readonly skipped: number;
  /** Not acknowledged: the import ended there. Run again, it goes on with them. */
  readonly failed: number;
  /** Why it ended, and at which line. */
  readonly error?: Pick<Failure, 'code' | 'message'> & { readonly line: number };
}

export interface ImportOptions {
  /** Opens the file; it is read two times, so that nothing is written of one with a malformed line. */
  readonly open: () => AsyncIterable<Buffer>;
  /** The DLQ for a record, or undefined where there is none. */
  readonly target: (line: BuriedLine) => string | undefined;
  /** Says what would be imported and writes nothing. */
  readonly isDry?: boolean;
}

/** Lines that are written before more are read. */
const BATCH_LINES = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/**
 * Puts exported records into a DLQ with the same key, value and headers; they get a new place and time. First the whole file is checked; then the
 * DLQ is read, and as many records as lie there with the same bytes are skipped: an import that was cut off, or is run twice, adds nothing
 * twice. Two imports of one file at the same time do. In memory are 22 to 45 bytes a line and 2 MB.
 * @throws SunbeonError `DLQ_LINE_INVALID`, `RECORD_TOO_LARGE`, `BROKER_UNREACHABLE`: nothing is written then
 */
export async function importBuried(road: Road, options: ImportOptions): Promise<ImportReport> {
  const counts = new ByteCounts();
  const sums = new Sums();
  const targets = new Set<string>();
  let lines = 0;
  for await (const { record, digest } of recordsOf(options)) {
    counts.add(digest);
    sums.add(record);
    targets.add(record.topic);
    lines += 1;
  }
  for (const topic of targets) {
    await scan(road, { topic }, (record) => {
      if (sums.has(record)) counts.meet(digestOf(record));
    });
  }
  return write(road, { ...options, counts, lines });
}

/** Checksums of keys and values, as bits: most of what lies in a DLQ is in no line, and is known by it without a look at its headers. */
class Sums {
  readonly #bits = new Uint32Array(2 ** 19);

  add(record: Pick<OutgoingRecord, 'key' | 'value'>): void {
    const bit = sumOf(record);
    this.#bits[bit >>> 5]! |= 1 << (bit & 31);
  }

  has(record: Pick<OutgoingRecord, 'key' | 'value'>): boolean {
    const bit = sumOf(record);
    return (this.#bits[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }
}

/** 24 bits. */
function sumOf({ key, value }: Pick<OutgoingRecord, 'key' | 'value'>): number {
  return crc32(value ?? '', crc32(key ?? '')) >>> 8;
}

interface Numbered {
  readonly record: OutgoingRecord;
  readonly digest: Buffer;
  readonly number: number;
}

async function* recordsOf({ open, target }: ImportOptions): AsyncGenerator<Numbered> {
  for await (const { text, number } of textLines(open())) {
    const line = parseLine(text, number);
    const topic = target(line);
    if (topic === undefined) throw invalid(number, `"${line.topic}" is no DLQ here`);
    const record = { topic, key: line.key, value: line.value, headers: line.headers };
    checkSize(record, number);
    yield { record, digest: digestOf(record), number };
  }
}

function checkSize(record: OutgoingRecord, number: number): void {
  try {
    measure([record], PRODUCE_DEFAULTS.maxRecordBytes);
  } catch (error) {
    throw new SunbeonError('RECORD_TOO_LARGE', `Line ${number}: ${toFailure(error).message}`, {
      facts: { line: number },
    });
  }
}

async function write(
  road: Road,
  work: ImportOptions & { readonly counts: ByteCounts; readonly lines: number },
): Promise<ImportReport> {
  const { counts, lines, isDry = false } = work;
  const producer = await road.producer();
  const produce = new Produce(producer);
  let [imported, skipped, line] = [0, 0, 0];
  try {
    for await (const batch of batches(recordsOf(work))) {
      line = batch[0]!.number;
      const missing = batch.filter(({ digest }) => !counts.take(digest));
      if (!isDry) await produce.send(missing.map(({ record }) => record), { whenFull: 'wait' }); // prettier-ignore
      imported += missing.length;
      skipped += batch.length - missing.length;
    }
    return { lines, imported, skipped, failed: 0 };
  } catch (error) {
    const { code, message } = toFailure(error);
    return { lines, imported, skipped, failed: lines - imported - skipped, error: { code, message, line } };
  } finally {
    await producer.disconnect();
  }
}

async function* batches(records: AsyncGenerator<Numbered>): AsyncGenerator<readonly Numbered[]> {
  let [batch, bytes]: [Numbered[], number] = [[], 0];
  for await (const one of records) {
    batch.push(one);
    bytes += measure([one.record], Infinity);
    if (batch.length < BATCH_LINES && bytes < BATCH_BYTES) continue;
    yield batch;
    [batch, bytes] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

/**
 * Of the topic, the key, the value and the headers as they lie there: a header without a value is written as an empty one, and names may change
 * their order (JavaScript puts those that are numbers first).
 */
export function digestOf({
  topic,
  key,
  value,
  headers,
}: Pick<IncomingRecord, 'topic' | 'headers'> & Pick<OutgoingRecord, 'key' | 'value'>): Buffer {
  const pairs = headerPairs(headers).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const parts = [Buffer.from(topic), typeof key === 'string' ? Buffer.from(key) : key, value];
  for (const [name, one] of pairs) parts.push(Buffer.from(name), one ?? Buffer.alloc(0));
  const lengths = Buffer.from(Int32Array.from(parts, (part) => part?.length ?? -1).buffer);
  const all = [lengths, ...parts.filter((part) => part !== null)];
  return hash('sha1', Buffer.concat(all), 'buffer');
}
