import { crc32c } from './crc32c.js';

/** A record as kafkajs hands it on. */
export interface ReadRecord {
  readonly magicByte: number;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, Buffer | null | (Buffer | null)[]>;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

export interface BatchContext {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  readonly timestampType: number;
  readonly magicByte: number;
}

const LOG_APPEND_TIME = 8;
const TRANSACTIONAL = 16;
const CONTROL = 32;
/** Up to here a record is copied into one of Node's pools of 8 KB. */
const POOLED_BYTES = 4_096;
/** A record that is smaller than this part of what it would keep in memory is copied. */
const WORTH_KEEPING = 16;

export const BATCH_HEAD_BYTES = 61;

/**
 * The records of one batch, whole in `batch` from its first byte.
 * @param unpack of the records, when they are compressed
 * @throws RangeError when the checksum does not fit: a broker checks it at the write, so the bytes were damaged since
 */
export async function readBatch(
  batch: Buffer,
  unpack: ((records: Buffer) => Promise<Buffer>) | undefined,
): Promise<ReadRecord[]> {
  const crc = batch.readUInt32BE(17);
  if (crc !== crc32c(batch, 21)) throw new RangeError(`The record batch at offset ${offsetOf(batch)} is damaged.`);
  const count = batch.readInt32BE(57);
  if (count <= 0) return [];
  const packed = batch.subarray(BATCH_HEAD_BYTES);
  const bytes = unpack === undefined ? packed : await unpack(packed);
  return new RecordReader(bytes, contextOf(batch), int64(batch, 0)).all(count, int64(batch, 27));
}

export function offsetOf(batch: Buffer): number {
  return int64(batch, 0);
}

function contextOf(batch: Buffer): BatchContext {
  const attributes = batch.readInt16BE(21);
  return {
    firstOffset: String(int64(batch, 0)),
    firstTimestamp: String(int64(batch, 27)),
    partitionLeaderEpoch: batch.readInt32BE(12),
    inTransaction: (attributes & TRANSACTIONAL) !== 0,
    isControlBatch: (attributes & CONTROL) !== 0,
    lastOffsetDelta: batch.readInt32BE(23),
    producerId: String(batch.readBigInt64BE(43)),
    producerEpoch: batch.readInt16BE(51),
    firstSequence: batch.readInt32BE(53),
    maxTimestamp: String(int64(batch, 35)),
    timestampType: attributes & LOG_APPEND_TIME ? 1 : 0,
    magicByte: 2,
  };
}

/** Offsets and times are numbers: safe up to 2^53. */
function int64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

/** Records one after the other. */
class RecordReader {
  readonly #bytes: Buffer;
  readonly #context: BatchContext;
  readonly #firstOffset: number;
  /** Header names by their place: those of one batch have the same, which are then not decoded again. */
  readonly #names: { readonly bytes: Buffer; readonly text: string }[] = [];
  #at = 0;
  /** The memory that the present record's parts are views of. */
  #home: Buffer;
  #homeFrom = 0;

  constructor(bytes: Buffer, context: BatchContext, firstOffset: number) {
    this.#bytes = bytes;
    this.#home = bytes;
    this.#context = context;
    this.#firstOffset = firstOffset;
  }

  all(count: number, firstTimestamp: number): ReadRecord[] {
    const records = new Array<ReadRecord>(count);
    for (let i = 0; i < count; i++) records[i] = this.#record(firstTimestamp);
    return records;
  }

  #record(firstTimestamp: number): ReadRecord {
    const length = this.#varint();
    const end = this.#at + length;
    this.#settle(length);
    const attributes = this.#bytes[this.#at++]!;
    const timestampDelta = this.#varint();
    const offsetDelta = this.#varint();
    const context = this.#context;
    const isAppendTime = context.timestampType === 1;
    const record: ReadRecord = {
      magicByte: 2,
      attributes,
      timestamp: isAppendTime ? context.maxTimestamp : String(firstTimestamp + timestampDelta),
      offset: String(this.#firstOffset + offsetDelta),
      key: this.#part(),
      value: this.#part(),
      headers: this.#headers(),
      isControlRecord: context.isControlBatch,
      batchContext: context,
    };
    this.#at = end;
    return record;
  }

  /**
   * A view keeps the whole response in memory, up to 10 MB, as long as its record waits in a lane, and only its own bytes are
   * counted against the limits. So a record that is small beside it moves out.
   */
  #settle(length: number): void {
    const isCopied = length <= POOLED_BYTES || length * WORTH_KEEPING < this.#bytes.buffer.byteLength;
    this.#home = this.#bytes;
    this.#homeFrom = 0;
    if (!isCopied) return;
    this.#home = Buffer.allocUnsafe(length);
    this.#homeFrom = this.#at;
    this.#bytes.copy(this.#home, 0, this.#at, this.#at + length);
  }

  #part(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    const from = this.#at - this.#homeFrom;
    this.#at += length;
    return this.#home.subarray(from, from + length);
  }

  #headers(): ReadRecord['headers'] {
    const headers: Record<string, Buffer | null | (Buffer | null)[]> = {};
    const count = this.#varint();
    for (let i = 0; i < count; i++) {
      const name = this.#name(i);
      const value = this.#part();
      const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
      if (before !== undefined) headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
      else if (name !== '__proto__') headers[name] = value;
      else Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return headers;
  }

  #name(place: number): string {
    const length = this.#varint();
    const from = this.#at;
    this.#at += Math.max(0, length);
    const known = this.#names[place];
    if (known?.bytes.length === length && this.#holds(known.bytes, from)) return known.text;
    const bytes = this.#bytes.subarray(from, this.#at);
    const text = length < 0 ? 'null' : bytes.toString();
    if (length >= 0) this.#names[place] = { bytes, text };
    return text;
  }

  #holds(expected: Buffer, from: number): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[from + i] !== expected[i]) return false;
    return true;
  }

  /** Zigzag, seven bits per byte, of 32 or 64 bits. */
  #varint(): number {
    const bytes = this.#bytes;
    const first = bytes[this.#at++]!;
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      const byte = bytes[this.#at++]!;
      value += (byte & 0x7f) * scale;
      if (!(byte >= 0x80)) break;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
