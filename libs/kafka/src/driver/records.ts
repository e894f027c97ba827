import type { Batch, IHeaders, KafkaMessage } from 'kafkajs';
import type { IncomingRecord, OutgoingRecord, TopicPartition } from '@sunbeon/core/ports';
import { ReadRecord } from '../wire/read-batch.js';
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

/** For who looks at many records and at few headers. @param only these; default all, read when they are asked for */
export function toLookedAt({ topic, partition, messages }: Batch, only?: ReadonlySet<string>): IncomingRecord[] {
  return messages.map((message) => new LookedAt({ topic, partition }, message, only));
}

class LookedAt implements IncomingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly #message: KafkaMessage;
  readonly #only: ReadonlySet<string> | undefined;
  #headers: RecordHeaders | undefined;

  constructor(of: TopicPartition, message: KafkaMessage, only: ReadonlySet<string> | undefined) {
    this.topic = of.topic;
    this.partition = of.partition;
    this.offset = Number(message.offset);
    this.timestampMs = Number(message.timestamp);
    this.key = message.key;
    this.value = message.value;
    this.#message = message;
    this.#only = only;
  }

  get headers(): RecordHeaders {
    const message = this.#message;
    return (this.#headers ??= (
      this.#only === undefined ? (message.headers ?? {}) : some(message, this.#only)
    ) as RecordHeaders);
  }
}

/** What the patch `fetchResponse` has read gives them without reading the others. */
function some(message: KafkaMessage, only: ReadonlySet<string>): object {
  if (message instanceof ReadRecord) return message.headersOf(only);
  return Object.fromEntries(Object.entries(message.headers ?? {}).filter(([name]) => only.has(name)));
}

/**
 * Without what is undefined. A header without a value, which Kafka allows and kafkajs reads as null, is written as an empty one:
 * on null kafkajs throws, and with it every record of the request would fail, for ever.
 */
export function toKafkaHeaders(headers: RecordHeaders): IHeaders {
  const result: IHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const written = Array.isArray(value) ? value.map(orEmpty) : orEmpty(value as HeaderValue);
    if (name !== '__proto__') result[name] = written;
    else Object.defineProperty(result, name, { value: written, enumerable: true, configurable: true, writable: true });
  }
  return result;
}

function orEmpty(value: HeaderValue | null): HeaderValue {
  return value ?? '';
}

/** What a record takes in a request, uncompressed, besides its parts. */
const FRAMING = 70;
const HEADER_FRAMING = 10;
/** A character is three bytes of UTF-8 at most. */
const MOST_BYTES = 3;

/** Cut, in order, into pieces of at most `maxBytes`; a record that is larger is a piece of its own. */
export function chunksOf(records: readonly OutgoingRecord[], maxBytes: number): (readonly OutgoingRecord[])[] {
  // The usual request is far below the limit: it is not measured byte by byte.
  let most = 0;
  for (const record of records) most += sizeOf(record, mostBytes);
  if (most <= maxBytes) return [records];
  const chunks: OutgoingRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = sizeOf(record, exactBytes);
    if (bytes + size > maxBytes) {
      chunks.push([]);
      bytes = 0;
    }
    chunks.at(-1)!.push(record);
    bytes += size;
  }
  return chunks;
}

type Measure = (part: Buffer | string | null) => number;

function sizeOf({ key, value, headers }: OutgoingRecord, measure: Measure): number {
  let bytes = FRAMING + measure(value) + measure(key);
  for (const name of Object.keys(headers)) {
    const given = headers[name];
    // A header may have no value: kafkajs gives null.
    if (Array.isArray(given))
      for (const one of given as (HeaderValue | null)[]) bytes += measure(name) + measure(one) + HEADER_FRAMING; // prettier-ignore
    else if (given !== undefined) bytes += measure(name) + measure(given as HeaderValue) + HEADER_FRAMING;
  }
  return bytes;
}

function mostBytes(part: Buffer | string | null): number {
  if (typeof part === 'string') return part.length * MOST_BYTES;
  return part === null ? 0 : part.length;
}

function exactBytes(part: Buffer | string | null): number {
  return part === null ? 0 : Buffer.byteLength(part);
}
