import type { Codec } from '../codecs.js';
import { ByteWriter } from '../wire/byte-writer.js';
import { type NewBatch, type PlainMessage, writeBatch } from '../wire/write-batch.js';

/** What kafkajs asks of a produce request (2.2.4, `src/protocol/requests/produce/v3/request.js`). */
export interface ProduceRequest {
  readonly acks: number;
  readonly timeout: number;
  readonly transactionalId?: string | null;
  readonly producerId?: { toString(): string };
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly { readonly topic: string; readonly partitions: readonly PartitionData[] }[];
}

interface PartitionData {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: readonly (PlainMessage & { readonly timestamp?: unknown })[];
  /** Only our own sender has it: in how many requests it was written; 0 = no broker can have it. */
  requests?: number;
}

/** As much as kafkajs's `Encoder` as its network layer looks at. */
interface Encoded {
  readonly buf: Buffer;
  readonly buffer: Buffer;
  size(): number;
}

/** `require('kafkajs/src/protocol/requests/produce')`. */
export interface ProduceProtocol {
  protocol(of: { version: number }): MakeProduce | undefined;
}
type MakeProduce = (args: ProduceRequest) => {
  readonly request: { encode(): Promise<unknown> };
  readonly response: { parse(decoded: unknown): unknown };
};

/** kafkajs's `lookupCodec`: null for no compression. */
export type CodecOf = (type: number) => Codec | null;

/** The first version that carries record batches; 3 to 7 look the same. */
const FIRST_WITH_BATCHES = 3;
const COMPRESSION = 7;
const TRANSACTIONAL = 16;

/**
 * kafkajs builds a buffer per header, record, batch, partition and topic and copies each into the next, and sums with a byte-wise
 * CRC: half of the time of a send. Here all goes into one buffer, with the same bytes. Our own sender hears of each partition's
 * answer: kafkajs throws the first error and forgets what was written.
 * @param codecOf undefined: requests are written by kafkajs
 */
export function fastProduce(
  original: ProduceProtocol['protocol'],
  codecOf: CodecOf | undefined,
): ProduceProtocol['protocol'] {
  return (of) => {
    const make = original(of);
    if (make === undefined || of.version < FIRST_WITH_BATCHES) return make;
    return (args) => {
      const { request, response } = make(args);
      // What our writer does not know (times per message, values that are to be turned into text) stays kafkajs's business.
      const isFast = codecOf !== undefined && args.topicData.every(({ partitions }) => partitions.every(isPlain));
      const write = (): Promise<unknown> => (isFast ? encode(args, codecOf) : request.encode());
      if (!isOurs(args)) return { request: { ...request, encode: write }, response };
      const counted = (): Promise<unknown> => (countRequest(args), write());
      return { request: { ...request, encode: counted }, response: { ...response, parse: asItIs } };
    };
  };
}

function isOurs({ topicData }: ProduceRequest): boolean {
  return topicData[0]?.partitions[0]?.requests !== undefined;
}

/** kafkajs encodes a request when the connection is there and writes it at once. */
function countRequest({ topicData }: ProduceRequest): void {
  for (const { partitions } of topicData) for (const data of partitions) data.requests!++;
}

function asItIs(decoded: unknown): unknown {
  return decoded;
}

function isPlain({ messages }: PartitionData): boolean {
  return messages.every(
    ({ key, value, timestamp }) => isBytes(key ?? null) && isBytes(value) && (timestamp ?? null) === null,
  );
}

function isBytes(part: unknown): boolean {
  return part === null || typeof part === 'string' || Buffer.isBuffer(part);
}

async function encode(args: ProduceRequest, codecOf: CodecOf): Promise<Encoded> {
  const out = new ByteWriter(1024 + 512 * countOf(args));
  nullableString(out, args.transactionalId ?? null);
  out.int16(args.acks);
  out.int32(args.timeout);
  out.int32(args.topicData.length);
  const codec = codecOf((args.compression ?? 0) & COMPRESSION);
  const compress = codec === null ? undefined : (buffer: Buffer): Promise<Buffer> => codec.compress({ buffer });
  for (const { topic, partitions } of args.topicData) {
    nullableString(out, topic);
    out.int32(partitions.length);
    for (const data of partitions) {
      await writePartition(out, data, { ...args, compress });
    }
  }
  const buffer = out.written;
  return { buf: buffer, buffer, size: () => buffer.length };
}

async function writePartition(
  out: ByteWriter,
  data: PartitionData,
  args: ProduceRequest & Pick<NewBatch, 'compress'>,
): Promise<void> {
  out.int32(Number(data.partition));
  const size = out.skip(4);
  const head = {
    attributes: ((args.compression ?? 0) & COMPRESSION) | (args.transactionalId ? TRANSACTIONAL : 0),
    timestampMs: Date.now(),
    producerId: BigInt(args.producerId?.toString() ?? -1),
    producerEpoch: args.producerEpoch ?? 0,
    firstSequence: data.firstSequence ?? 0,
  };
  await writeBatch(out, { messages: data.messages, head, compress: args.compress });
  out.int32At(size, out.length - size - 4);
}

function nullableString(out: ByteWriter, text: string | null): void {
  if (text === null) return out.int16(-1);
  const bytes = Buffer.from(text);
  out.int16(bytes.length);
  out.raw(bytes);
}

function countOf({ topicData }: ProduceRequest): number {
  return topicData.reduce((sum, { partitions }) => partitions.reduce((n, { messages }) => n + messages.length, sum), 0);
}
