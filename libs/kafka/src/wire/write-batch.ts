import type { HeaderValue, RecordHeaders } from '@sunbeon/core/headers';
import { ByteWriter } from './byte-writer.js';
import { crc32c } from './crc32c.js';

/** One record as kafkajs's producer has it. */
export interface PlainMessage {
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: RecordHeaders;
}

export interface NewBatch {
  readonly messages: readonly PlainMessage[];
  readonly head: BatchHead;
  /** Of the records as they stand; without it they are not compressed. */
  readonly compress: ((records: Buffer) => Promise<Buffer>) | undefined;
}

/** What stands in the head of a batch besides its records. */
export interface BatchHead {
  /** The lowest three bits are the compression, 16 is "part of a transaction". */
  readonly attributes: number;
  readonly timestampMs: number;
  /** -1 without an idempotent producer. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
}

/** From the first byte of a batch (its offset) to what its checksum covers, and to its records. */
const CHECKED_FROM = 21;
const RECORDS_FROM = 61;
const MAGIC = 2;

/**
 * One record batch (https://kafka.apache.org/documentation/#recordbatch), written straight into `out`. Byte for byte what kafkajs
 * writes, without its buffer per record and per header.
 */
export async function writeBatch(out: ByteWriter, { messages, head, compress }: NewBatch): Promise<void> {
  const start = out.skip(RECORDS_FROM);
  if (compress === undefined) writeRecords(out, messages);
  else out.raw(await compress(recordsOf(messages)));
  const end = out.length;
  fill(out.written, { start, count: messages.length, head });
  out.int32At(start + 17, crc32c(out.written, start + CHECKED_FROM, end));
}

function recordsOf(messages: readonly PlainMessage[]): Buffer {
  const records = new ByteWriter(messages.length * 256 + 1024);
  writeRecords(records, messages);
  return records.written;
}

function fill(bytes: Buffer, { start, count, head }: { start: number; count: number; head: BatchHead }): void {
  const view = bytes.subarray(start);
  view.writeBigInt64BE(0n, 0); // the broker sets the offset
  view.writeInt32BE(bytes.length - start - 12, 8);
  view.writeInt32BE(0, 12); // leader epoch, also the broker's
  view.writeInt8(MAGIC, 16);
  view.writeInt16BE(head.attributes, 21);
  view.writeInt32BE(count - 1, 23);
  view.writeBigInt64BE(BigInt(head.timestampMs), 27);
  view.writeBigInt64BE(BigInt(head.timestampMs), 35);
  view.writeBigInt64BE(head.producerId, 43);
  view.writeInt16BE(head.producerEpoch, 51);
  view.writeInt32BE(head.firstSequence, 53);
  view.writeInt32BE(count, 57);
}

function writeRecords(out: ByteWriter, messages: readonly PlainMessage[]): void {
  for (let i = 0; i < messages.length; i++) writeRecord(out, messages[i]!, i);
}

function writeRecord(out: ByteWriter, { key, value, headers }: PlainMessage, offsetDelta: number): void {
  const start = out.beginFrame();
  out.int8(0); // attributes
  out.int8(0); // every record has the batch's time: timestamp delta 0
  out.varint(offsetDelta);
  out.sized(key ?? null);
  out.sized(value);
  if (headers === undefined) out.varint(0);
  else writeHeaders(out, headers);
  out.endFrame(start);
}

function writeHeaders(out: ByteWriter, headers: RecordHeaders): void {
  const names = Object.keys(headers);
  out.varint(countOf(headers, names));
  for (const name of names) {
    const value = headers[name];
    if (Array.isArray(value)) for (const one of value as HeaderValue[]) writeHeader(out, name, one);
    else if (value !== undefined) writeHeader(out, name, value as HeaderValue);
  }
}

/** Kafka lets a header be without a value and clients read that as null; kafkajs cannot write it: it becomes an empty one. */
function writeHeader(out: ByteWriter, name: string, value: HeaderValue | null): void {
  out.sized(name);
  out.sized(value ?? '');
}

function countOf(headers: RecordHeaders, names: readonly string[]): number {
  let count = names.length;
  for (const name of names) {
    const value = headers[name];
    if (value === undefined) count--;
    else if (Array.isArray(value)) count += value.length - 1;
  }
  return count;
}
