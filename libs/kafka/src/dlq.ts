import { fromHeaders, HEADER, headerText } from '@sunbeon/core/headers';
import { placeId } from '@sunbeon/core/ids';
import { fingerprint } from '@sunbeon/core/fingerprint';
import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { originOf } from './dead-letter.js';
import { scan } from './scan.js';

/** A buried record, as `sunbeon dlq ls` lists it. */
export interface BuriedRow {
  /** The queue, or the event's topic, that it was buried from. */
  readonly queue: string;
  /** The DLQ; with `partition` and `offset` the record's address. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly id: string | null;
  readonly contract: string | null;
  readonly key: string | null;
  readonly attempts: number;
  /** When it was buried, ISO 8601. */
  readonly timestamp: string;
  readonly error: { readonly code: string; readonly message: string; readonly fingerprint: string };
}

/** A buried record with its bytes. */
export interface Buried {
  readonly row: BuriedRow;
  readonly record: IncomingRecord;
}

/** A DLQ and the queue (or event topic) that it belongs to. */
export interface DeadLetterQueue {
  readonly queue: string;
  readonly dlq: string;
  /** Where a replay goes. */
  readonly again: string;
}

/**
 * Reads DLQs from their first record that still exists.
 * @param onBuried returns true when it has seen enough.
 */
export async function readBuried(
  road: Road,
  queues: readonly DeadLetterQueue[],
  onBuried: (buried: Buried) => boolean | void,
): Promise<void> {
  let enough = false;
  for (const { queue, dlq } of queues) {
    if (enough) return;
    await scan(road, { topic: dlq }, (record) => (enough = onBuried({ row: rowOf(queue, record), record }) === true));
  }
}

/** @throws SunbeonError `DLQ_RECORD_NOT_FOUND` */
export async function findBuried(
  road: Road,
  queue: DeadLetterQueue,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): Promise<Buried> {
  let found: Buried | undefined;
  const range = { topic: queue.dlq, partitions: [partition], from: new Map([[partition, offset]]) };
  await scan(road, range, (record) => {
    if (record.offset === offset) found = { row: rowOf(queue.queue, record), record };
    return true;
  });
  if (found !== undefined) return found;
  throw new SunbeonError(
    'DLQ_RECORD_NOT_FOUND',
    `${queue.dlq} has no record at partition ${partition}, offset ${offset}.`,
    {
      hint: 'List what is there with "sunbeon dlq ls".',
      facts: { topic: queue.dlq, partition, offset },
    },
  );
}

export function rowOf(queue: string, record: IncomingRecord): BuriedRow {
  const { topic, partition, offset, headers } = record;
  const text = (name: string): string | undefined => headerText(headers, name);
  const envelope = envelopeOf(record);
  const contract = text(HEADER.type) ?? null;
  const code = text(HEADER.errorCode) ?? 'UNKNOWN';
  const message = text(HEADER.dltErrorMessage) ?? '';
  const name = text(HEADER.dltErrorName) ?? 'Error';
  return {
    queue,
    topic,
    partition,
    offset,
    id: idOf(record),
    contract,
    key: record.key?.toString() ?? null,
    attempts: envelope?.history.length ? envelope.history.at(-1)!.attempt : (envelope?.attempt ?? 1),
    timestamp: new Date(record.timestampMs).toISOString(),
    error: {
      code,
      message,
      fingerprint: text(HEADER.fingerprint) ?? fingerprint(contract ?? queue, { code, name, message }),
    },
  };
}

function envelopeOf(record: IncomingRecord): ReturnType<typeof fromHeaders> {
  const { headers, timestampMs: timeMs, value } = record;
  return fromHeaders(headers, { id: '', type: '', timeMs, key: record.key?.toString(), value });
}

/** The id under which the consumer knew it, and the results know it: its own, or the one derived from where it came from. */
function idOf({ headers }: IncomingRecord): string | null {
  const origin = originOf(headers);
  return headerText(headers, HEADER.id) || (origin === undefined ? null : placeId(origin));
}
