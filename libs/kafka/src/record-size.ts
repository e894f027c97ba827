import type { HeaderValue } from '@sunbeon/core/headers';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { tooLarge } from './produce-errors.js';

/** A character takes three bytes of UTF-8 at most (one beyond the basic plane counts as two characters and takes four). */
const MOST_BYTES = 3;
const FRAMING = 20;
const HEADER_FRAMING = 4;

/**
 * Key, value and headers with some framing, where a character counts as a byte: right for ASCII, and measured without a native call
 * per header. What must not be exceeded is measured by {@link exactSizeOf}.
 * @throws SunbeonError `RECORD_INVALID` for a part that no record can have: it would fail all records of its request
 */
export function sizeOf(record: OutgoingRecord): number {
  let size = FRAMING + lengthOf(record, record.value, 'value') + lengthOf(record, record.key, 'key');
  const { headers } = record;
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (typeof value === 'string') size += name.length + value.length + HEADER_FRAMING;
    else for (const one of valuesOf(value)) size += name.length + lengthOf(record, one, name) + HEADER_FRAMING;
  }
  return size;
}

/** Of all of them. @throws SunbeonError `RECORD_INVALID`, `RECORD_TOO_LARGE` when one has more than `maxRecordBytes` */
export function measure(records: readonly OutgoingRecord[], maxRecordBytes: number): number {
  let total = 0;
  for (const record of records) {
    const size = sizeOf(record);
    const isNear = size * MOST_BYTES > maxRecordBytes;
    if (isNear && exactSizeOf(record) > maxRecordBytes)
      throw tooLarge(record.topic, exactSizeOf(record), maxRecordBytes);
    total += size;
  }
  return total;
}

function exactSizeOf({ key, value, headers }: OutgoingRecord): number {
  let bytes = FRAMING + bytesOf(value) + bytesOf(key);
  for (const name of Object.keys(headers))
    for (const one of valuesOf(headers[name])) bytes += Buffer.byteLength(name) + bytesOf(one) + HEADER_FRAMING;
  return bytes;
}

function valuesOf(value: HeaderValue | readonly HeaderValue[] | undefined): readonly HeaderValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? (value as readonly HeaderValue[]) : [value as HeaderValue];
}

function bytesOf(part: Buffer | string | null): number {
  if (part === null) return 0;
  return typeof part === 'string' ? Buffer.byteLength(part) : part.length;
}

function lengthOf({ topic }: OutgoingRecord, part: unknown, name: string): number {
  if (typeof part === 'string' || Buffer.isBuffer(part)) return part.length;
  if (part === null) return 0;
  throw new SunbeonError('RECORD_INVALID', `A record for ${topic}: "${name}" is ${typeof part}.`, {
    hint: 'A key or a header is text or bytes, a value is bytes; each may be null.',
    facts: { topic, part: name },
  });
}
