import { crc32c } from './crc32c.js';
import { type KnownNames, PackedHeaders, type ReadHeaders } from './packed-headers.js';
import { Varints } from './varints.js';

/** A record as kafkajs hands it on. */
export class ReadRecord {
  readonly magicByte = 2;
  readonly attributes: number;
  readonly timestamp: string;
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  readonly #packed: PackedHeaders;
  #headers: ReadHeaders | undefined;

  constructor(
    of: Pick<ReadRecord, 'attributes' | 'timestamp' | 'offset' | 'key' | 'value' | 'batchContext'>,
    packed: PackedHeaders,
  ) {
    // prettier-ignore
    this.attributes = of.attributes;
    this.timestamp = of.timestamp;
    this.offset = of.offset;
    this.key = of.key;
    this.value = of.value;
    this.isControlRecord = of.batchContext.isControlBatch;
    this.batchContext = of.batchContext;
    this.#packed = packed;
  }

  get headers(): ReadHeaders {
    return (this.#headers ??= this.#packed.read());
  }

  headersOf(names: ReadonlySet<string>): ReadHeaders {
    return this.#packed.read(names);
  }
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
  readonly #names: KnownNames = [];

  constructor(bytes: Buffer, context: BatchContext, firstOffset: number) {
    this.#bytes = bytes;
    this.#context = context;
    this.#firstOffset = firstOffset;
  }

  all(count: number, firstTimestamp: number): ReadRecord[] {
    const records = new Array<ReadRecord>(count);
    const lengths = new Varints(this.#bytes, 0);
    for (let i = 0; i < count; i++) {
      const length = lengths.next();
      records[i] = this.#record(this.#settled(lengths.from, length), firstTimestamp);
      lengths.from += length;
    }
    return records;
  }

  #record(at: Varints, firstTimestamp: number): ReadRecord {
    const context = this.#context;
    const attributes = at.bytes[at.from++]!;
    const timestampDelta = at.next();
    const offset = String(this.#firstOffset + at.next());
    const isAppendTime = context.timestampType === 1;
    const timestamp = isAppendTime ? context.maxTimestamp : String(firstTimestamp + timestampDelta);
    const [key, value] = [at.part(), at.part()];
    const headers = new PackedHeaders(at.bytes, at.from, this.#names);
    return new ReadRecord({ attributes, timestamp, offset, key, value, batchContext: context }, headers);
  }

  /**
   * A view keeps the whole response in memory, up to 10 MB, as long as its record waits in a lane, and only its own bytes are
   * counted against the limits. So a record that is small beside it moves out.
   */
  #settled(from: number, length: number): Varints {
    const isCopied = length <= POOLED_BYTES || length * WORTH_KEEPING < this.#bytes.buffer.byteLength;
    if (!isCopied) return new Varints(this.#bytes, from);
    const home = Buffer.allocUnsafe(length);
    this.#bytes.copy(home, 0, from, from + length);
    return new Varints(home, 0);
  }
}
