import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import type { Address } from './address.js';
import { attemptsOf, contractOf, errorOf, fingerprintOf, idOf } from './buried-facts.js';
import { scan } from './scan.js';

/** What has become of a buried record: `open` = it waits for a person. */
export type Disposition = 'open' | 'replayed' | 'discarded';
/** Of the record at a position of one DLQ. */
export type DispositionOf = (partition: number, offset: number) => Disposition;

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
  readonly disposition: Disposition;
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
    await scan(road, { topic: dlq }, (record) => (enough = onBuried(buriedOf(queue, record)) === true));
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
    if (record.offset === offset) found = buriedOf(queue.queue, record);
    return true;
  });
  if (found !== undefined) return found;
  throw notFound({ topic: queue.dlq, partition, offset });
}

export function notFound({ topic, partition, offset }: Address): SunbeonError {
  return new SunbeonError(
    'DLQ_RECORD_NOT_FOUND',
    `${topic} has no record at partition ${partition}, offset ${offset}.`,
    {
      hint: 'List what is there with "sunbeon dlq ls".',
      facts: { topic, partition, offset },
    },
  );
}

/** The record as plain data: what a reader gives may have a getter for its headers. */
function buriedOf(queue: string, record: IncomingRecord): Buried {
  const { topic, partition, offset, timestampMs, key, value, headers } = record;
  return { row: rowOf(queue, record), record: { topic, partition, offset, timestampMs, key, value, headers } };
}

export function rowOf(queue: string, record: IncomingRecord, disposition: Disposition = 'open'): BuriedRow {
  const { topic, partition, offset } = record;
  const { code, message } = errorOf(record);
  return {
    queue,
    topic,
    partition,
    offset,
    id: idOf(record),
    contract: contractOf(record),
    key: record.key?.toString() ?? null,
    attempts: attemptsOf(record),
    timestamp: isoTime(record.timestampMs),
    disposition,
    error: { code, message, fingerprint: fingerprintOf(record) },
  };
}

/** ISO 8601 ends where `Date` does; the timestamp of a foreign record (in microseconds, say) may lie beyond, and is shown all the same. */
export function isoTime(timestampMs: number): string {
  const most = 8.64e15;
  return new Date(Math.min(Math.max(-most, timestampMs || 0), most)).toISOString();
}
