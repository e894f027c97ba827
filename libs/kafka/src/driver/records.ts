import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import type { HeaderValue, RecordHeaders } from '@sunbeon/core/headers';

export function toIncoming(batch: Batch): IncomingRecord[] {
  const { topic, partition } = batch;
  return batch.messages.map((message: KafkaMessage) => ({
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    headers: (message.headers ?? {}) as RecordHeaders,
    timestampMs: Number(message.timestamp),
  }));
}

/**
 * Without what is undefined. A header without a value, which Kafka allows and kafkajs reads as null, is written as an empty one:
 * on null kafkajs throws, and with it every record of the request would fail, for ever.
 */
export function toKafkaHeaders(headers: RecordHeaders): IHeaders {
  const result: IHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) result[name] = Array.isArray(value) ? value.map(orEmpty) : orEmpty(value as HeaderValue);
  }
  return result;
}

function orEmpty(value: HeaderValue | null): HeaderValue {
  return value ?? '';
}

/** About what a record takes in a request, uncompressed: its parts and some bytes of framing. */
export function sizeOf(record: OutgoingRecord): number {
  let bytes = 70 + (record.value?.length ?? 0) + (record.key === null ? 0 : Buffer.byteLength(record.key));
  for (const [name, value] of Object.entries(record.headers)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      // A header may have no value: kafkajs gives null.
      bytes += name.length + 10 + Buffer.byteLength((one as Buffer | string | null | undefined) ?? '');
    }
  }
  return bytes;
}

/** Cut, in order, into pieces of at most `maxBytes`; a record that is larger is a piece of its own. */
export function chunksOf(records: readonly OutgoingRecord[], maxBytes: number): OutgoingRecord[][] {
  const chunks: OutgoingRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = sizeOf(record);
    if (bytes + size > maxBytes) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(record);
    bytes += size;
  }
  return chunks;
}
