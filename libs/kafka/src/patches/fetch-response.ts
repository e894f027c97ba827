import type { Codec } from '../codecs.js';
import { BATCH_HEAD_BYTES, readBatch, type ReadRecord } from '../wire/read-batch.js';

/** What is used of kafkajs's `Decoder` (2.2.4, `src/protocol/decoder.js`). */
export interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readInt64(): bigint;
  readString(): string | null;
  readBytes(length: number): Buffer;
  readArray<T>(read: (decoder: Decoder) => T): T[];
  readArrayAsync<T>(read: (decoder: Decoder) => Promise<T>): Promise<T[]>;
  canReadBytes(length: number): boolean;
}

/** The modules of kafkajs that reading goes back to. */
export interface ReadingParts {
  readonly Decoder: new (bytes: Buffer) => Decoder;
  /** Of the message sets before Kafka 0.11. */
  readonly messageSet: (decoder: Decoder, bytes: number) => Promise<unknown[]>;
  readonly codecOf: (attributes: number) => Codec | null;
}

/** `require('kafkajs/src/protocol/requests/fetch')`. */
export interface FetchProtocol {
  protocol(of: { version: number }): MakeFetch | undefined;
}
type MakeFetch = (args: object) => { readonly response: { decode(bytes: Buffer): Promise<unknown> } };

/** kafkajs's newest, which every broker since 2.3 speaks; with older ones kafkajs reads by itself. */
const VERSION = 11;
const MAGIC_AT = 16;
const RECORD_BATCH = 2;
const BEFORE_LENGTH = 12;

/** kafkajs reads each record through a decoder of its own and copies the headers for each one more; here it is one pass. */
export function fastFetch(original: FetchProtocol['protocol'], parts: ReadingParts): FetchProtocol['protocol'] {
  return (of) => {
    const make = original(of);
    if (make === undefined || of.version !== VERSION) return make;
    return (args) => {
      const made = make(args);
      return { ...made, response: { ...made.response, decode: (bytes) => decode(bytes, parts) } };
    };
  };
}

async function decode(bytes: Buffer, parts: ReadingParts): Promise<object> {
  const decoder = new parts.Decoder(bytes);
  const clientSideThrottleTime = decoder.readInt32();
  const errorCode = decoder.readInt16();
  const sessionId = decoder.readInt32();
  const responses = await decoder.readArrayAsync(async (topic) => ({
    topicName: topic.readString(),
    partitions: await topic.readArrayAsync((partition) => decodePartition(partition, parts)),
  }));
  return { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses };
}

async function decodePartition(decoder: Decoder, parts: ReadingParts): Promise<object> {
  const head = {
    partition: decoder.readInt32(),
    errorCode: decoder.readInt16(),
    highWatermark: decoder.readInt64().toString(),
    lastStableOffset: decoder.readInt64().toString(),
    lastStartOffset: decoder.readInt64().toString(),
    abortedTransactions: decoder.readArray((aborted) => ({
      producerId: aborted.readInt64().toString(),
      firstOffset: aborted.readInt64().toString(),
    })),
    preferredReadReplica: decoder.readInt32(),
  };
  const messages = await readMessages(decoder, parts);
  const isPlain = head.abortedTransactions.length === 0 && messages.every((message) => isOrdinary(message));
  return { ...head, messages: isPlain ? takenWhole(messages) : messages };
}

async function readMessages(decoder: Decoder, parts: ReadingParts): Promise<unknown[]> {
  const size = decoder.readInt32();
  if (size <= 0 || !decoder.canReadBytes(size)) return [];
  const bytes = decoder.readBytes(size);
  if (bytes[MAGIC_AT] !== RECORD_BATCH) return parts.messageSet(new parts.Decoder(bytes), size);
  const records: ReadRecord[] = [];
  for (let at = 0; bytes.length - at >= BATCH_HEAD_BYTES;) {
    const end = at + BEFORE_LENGTH + bytes.readInt32BE(at + 8);
    if (end > bytes.length) break; // the broker cuts the last batch where the fetch is full
    const batch = bytes.subarray(at, end);
    const codec = parts.codecOf(batch.readInt16BE(21));
    const unpack = codec === null ? undefined : (packed: Buffer): Promise<Buffer> => codec.decompress(packed);
    for (const record of await readBatch(batch, unpack)) records.push(record);
    at = end;
  }
  return records;
}

function isOrdinary(message: unknown): boolean {
  return (message as ReadRecord).isControlRecord === false;
}

/**
 * kafkajs's `Batch` filters every fetch twice: for offsets below the position (with a big integer per record) and for control
 * records. Without control records and aborted transactions both are true from some record on, so when the first one passes all do.
 */
function takenWhole(messages: unknown[]): unknown[] {
  return Object.assign(messages, {
    filter(wanted: (message: unknown, at: number, all: unknown[]) => boolean): unknown[] {
      if (messages.length > 0 && wanted(messages[0], 0, messages)) return messages;
      return Array.prototype.filter.call(messages, wanted);
    },
  });
}
