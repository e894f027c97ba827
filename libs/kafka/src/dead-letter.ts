import type { Envelope } from '@sunbeon/core/envelope';
import { fingerprint } from '@sunbeon/core/fingerprint';
import { HEADER, headerText, type RecordHeaders } from '@sunbeon/core/headers';
import type { IncomingRecord } from '@sunbeon/core/ports';
import type { Failure } from '@sunbeon/core';

/** Of a stack trace this much is kept in a header: enough to find the line, little enough to always fit. */
const MAX_STACK = 8_000;
/** The same for an error's message. */
export const MAX_MESSAGE = 2_000;

/** Headers that a buried record gets on top of its own: where it came from and why it is here. */
export function burialHeaders(
  record: IncomingRecord,
  error: Failure,
  of: {
    readonly group: string;
    readonly label: string;
    readonly history: Envelope['history'];
    readonly firstSeenMs?: number;
  },
): RecordHeaders {
  return {
    [HEADER.dltTopic]: record.topic,
    [HEADER.dltPartition]: int32(record.partition),
    [HEADER.dltOffset]: int64(record.offset),
    [HEADER.dltTimestamp]: int64(record.timestampMs),
    [HEADER.dltTimestampType]: 'CreateTime',
    [HEADER.dltGroup]: of.group,
    [HEADER.dltErrorName]: error.name,
    [HEADER.dltErrorMessage]: error.message.slice(0, MAX_MESSAGE),
    [HEADER.errorCode]: error.code,
    [HEADER.fingerprint]: fingerprint(of.label, error),
    ...(error.stack === undefined ? {} : { [HEADER.dltStack]: error.stack.slice(0, MAX_STACK) }),
    ...(of.firstSeenMs === undefined ? {} : { [HEADER.firstSeen]: String(of.firstSeenMs) }),
    ...(of.history.length === 0 ? {} : { [HEADER.history]: JSON.stringify(of.history) }),
  };
}

/** Where a buried record came from. */
export interface Origin {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}

/** From the `kafka_dlt-*` headers; undefined where they are missing or malformed. */
export function originOf(headers: RecordHeaders): Origin | undefined {
  const topic = headerText(headers, HEADER.dltTopic);
  const partition = bigEndian(headers[HEADER.dltPartition], 4);
  const offset = bigEndian(headers[HEADER.dltOffset], 8);
  const timestampMs = bigEndian(headers[HEADER.dltTimestamp], 8);
  if (topic === undefined || partition === undefined || offset === undefined || timestampMs === undefined)
    return undefined;
  return { topic, partition, offset, timestampMs };
}

function bigEndian(value: RecordHeaders[string], bytes: 4 | 8): number | undefined {
  if (!Buffer.isBuffer(value) || value.length !== bytes) return undefined;
  return bytes === 4 ? value.readInt32BE() : Number(value.readBigInt64BE());
}

/** Spring Kafka writes partition, offset and timestamp as big-endian numbers (`ByteBuffer.putInt`, `putLong`). */
function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function int64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(Math.trunc(value)));
  return bytes;
}
