import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { registerCodecs } from '../codecs.js';
import { patchKafkajs } from '../patches.js';
import { crc32c } from '../wire/crc32c.js';
import { ReadRecord } from '../wire/read-batch.js';
import { type Decoder, fastFetch, type FetchProtocol, type ReadingParts } from './fetch-response.js';

const load = createRequire(import.meta.url);
const { protocol } = load('kafkajs/src/protocol/requests/fetch') as FetchProtocol;
const compression = load('kafkajs/src/protocol/message/compression') as {
  Codecs: Record<number, unknown>;
  lookupCodecByAttributes: ReadingParts['codecOf'];
};
registerCodecs(compression.Codecs);
interface Encoder {
  readonly buffer: Buffer;
  writeInt8(n: number): Encoder;
  writeInt16(n: number): Encoder;
  writeInt32(n: number): Encoder;
  writeInt64(n: number): Encoder;
  writeString(text: string): Encoder;
  writeBuffer(bytes: Buffer): Encoder;
  writeBytes(bytes: Buffer): Encoder;
}
const NewEncoder = load('kafkajs/src/protocol/encoder') as new () => Encoder;
const Record = load('kafkajs/src/protocol/recordBatch/record/v0') as (of: object) => Encoder;
const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (of: object) => Promise<Encoder>;
};
const parts: ReadingParts = {
  Decoder: load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder,
  messageSet: load('kafkajs/src/protocol/messageSet/decoder') as ReadingParts['messageSet'],
  codecOf: compression.lookupCodecByAttributes,
};
const read = (make: FetchProtocol['protocol'], bytes: Buffer) => make({ version: 11 })!({ topics: [] }).response.decode(bytes); // prettier-ignore
/** As data, without the method that spares kafkajs a filter, and with the headers that are read when they are asked for. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value, (_, one: unknown) => one instanceof ReadRecord ? { ...one, headers: one.headers } : one)) as unknown; // prettier-ignore

interface Batch {
  messages: { key: Buffer | null; value: Buffer | null; headers: object; timestampDelta: number }[];
  compression: number;
  flags: number;
  firstOffset: number;
  timestamp: number;
}

async function batchBytes({ messages, compression: type, flags, firstOffset, timestamp }: Batch): Promise<Buffer> {
  const records = messages.map((message, offsetDelta) => Record({ ...message, offsetDelta }));
  const times = { firstTimestamp: timestamp, maxTimestamp: timestamp + 7 };
  const { buffer } = await RecordBatch({ ...times, records, compression: type, lastOffsetDelta: records.length - 1, producerId: 12, producerEpoch: 3 }); // prettier-ignore
  const bytes = Buffer.from(buffer);
  bytes.writeBigInt64BE(BigInt(firstOffset), 0);
  bytes.writeInt16BE(bytes.readInt16BE(21) | flags, 21);
  bytes.writeUInt32BE(crc32c(bytes, 21), 17);
  return bytes;
}

function response(recordSets: Buffer[], aborted: number[] = []): Buffer {
  const out = new NewEncoder().writeInt32(5).writeInt16(0).writeInt32(9).writeInt32(1).writeString('topic').writeInt32(recordSets.length); // prettier-ignore
  for (const [partition, bytes] of recordSets.entries()) {
    out.writeInt32(partition).writeInt16(0).writeInt64(1_000).writeInt64(990).writeInt64(1).writeInt32(aborted.length);
    for (const offset of aborted) out.writeInt64(12).writeInt64(offset);
    out.writeInt32(-1).writeBytes(bytes);
  }
  return Buffer.from(out.buffer);
}

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
  fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
  fc.constantFrom(63, 64, 4_200).map((n) => Buffer.alloc(n, 1)),
);
const name = fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !(text in {}));
const headers = fc.dictionary(name, fc.oneof(bytes, fc.string({ maxLength: 30 }), fc.array(bytes, { minLength: 1, maxLength: 3 })), { maxKeys: 5 }); // prettier-ignore
const batch: fc.Arbitrary<Batch> = fc.record({
  messages: fc.array(fc.record({ key: fc.option(bytes), value: fc.option(bytes), headers, timestampDelta: fc.integer({ min: -5_000, max: 2 ** 40 }) }), { minLength: 1, maxLength: 6 }), // prettier-ignore
  compression: fc.constantFrom(0, 1, 2, 3, 4),
  flags: fc.constantFrom(0, 8, 16, 32, 48),
  firstOffset: fc.oneof(fc.nat(), fc.integer({ min: 2 ** 40, max: 2 ** 52 })),
  timestamp: fc.integer({ min: 0, max: 2 ** 45 }),
});

/** The magic byte is the seventeenth. */
const KAFKAJS_FAILS_UP_TO = 16;

describe('a fetch response', () => {
  const fast = fastFetch(protocol, parts);

  it('is read as kafkajs reads it, also when its last batch is cut off', () =>
    fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 2 }), fc.nat(200), fc.array(fc.nat(), { maxLength: 1 }), async (batches, cut, aborted) => {
        const set = Buffer.concat(await Promise.all(batches.map(batchBytes)));
        const left = set.length - cut;
        // On less than a magic byte kafkajs fails; see the next test.
        const answer = response([set, set.subarray(0, left <= KAFKAJS_FAILS_UP_TO ? 0 : left)], aborted);
        expect(plain(await read(fast, answer))).toEqual(plain(await read(protocol, answer)));
      }),
      { numRuns: 100 },
    )); // prettier-ignore

  it('has no records when it is cut off before it says what it is, on which kafkajs fails', async () => {
    const one = { messages: [{ key: null, value: Buffer.from('value'), headers: {}, timestampDelta: 0 }], compression: 0, flags: 0, firstOffset: 0, timestamp: 1 }; // prettier-ignore
    const set = await batchBytes(one);
    for (let left = 1; left <= KAFKAJS_FAILS_UP_TO; left++) {
      const answer = response([set, set.subarray(0, left)]);
      expect(plain(await read(fast, answer))).toMatchObject({ responses: [{ partitions: [{ messages: [{}] }, { messages: [] }] }] }); // prettier-ignore
      await expect(read(protocol, answer)).rejects.toThrow('outside buffer bounds');
    }
  });

  it('gives only the headers that are asked for, as they are among all', () =>
    fc.assert(
      fc.asyncProperty(batch, fc.array(name, { maxLength: 3 }), async (one, names) => {
        const got = (await read(fast, response([await batchBytes(one)]))) as { responses: { partitions: { messages: ReadRecord[] }[] }[] }; // prettier-ignore
        for (const message of got.responses[0]!.partitions[0]!.messages) {
          const wanted = new Set([...names, ...Object.keys(message.headers).slice(0, 1)]);
          const some = Object.entries(message.headers).filter(([name]) => wanted.has(name));
          expect(message.headersOf(wanted)).toEqual(Object.fromEntries(some));
        }
      }),
      { numRuns: 100 },
    ));

  it('that is damaged is not handed on', async () => {
    const one = { messages: [{ key: null, value: Buffer.from('value'), headers: {}, timestampDelta: 0 }], compression: 0, flags: 0, firstOffset: 41, timestamp: 1 }; // prettier-ignore
    const set = await batchBytes(one);
    set[set.length - 3]! ^= 1;
    await expect(read(fast, response([set]))).rejects.toThrow('The record batch at offset 41 is damaged.');
  });

  it('keeps names that objects have by themselves apart', async () => {
    const odd = Object.fromEntries([['__proto__', Buffer.from('a')], ['toString', Buffer.from('b')]]); // prettier-ignore
    const one = { messages: [{ key: null, value: null, headers: odd, timestampDelta: 0 }], compression: 0, flags: 0, firstOffset: 0, timestamp: 1 }; // prettier-ignore
    const got = (await read(fast, response([await batchBytes(one)]))) as { responses: { partitions: { messages: { headers: object }[] }[] }[] }; // prettier-ignore
    const { headers: kept } = got.responses[0]!.partitions[0]!.messages[0]!;
    expect(Object.entries(kept).map(([key, value]) => `${key}=${String(value)}`)).toEqual([
      '__proto__=a',
      'toString=b',
    ]);
  });

  it('does not keep the whole response in memory for a small record', async () => {
    const small = { key: null, value: Buffer.from('small'), headers: {}, timestampDelta: 0 };
    const large = { ...small, value: Buffer.alloc(500_000) };
    const set = await batchBytes({ messages: [small, large], compression: 0, flags: 0, firstOffset: 0, timestamp: 1 });
    const got = (await read(fast, response([set]))) as { responses: { partitions: { messages: { value: Buffer }[] }[] }[] }; // prettier-ignore
    const sizes = got.responses[0]!.partitions[0]!.messages.map(({ value }) => value.buffer.byteLength);
    expect(sizes[0]).toBeLessThanOrEqual(Buffer.poolSize);
    expect(sizes[1]).toBeGreaterThan(500_000);
  });
});

it('the switch puts it in, or leaves kafkajs as it is', () => {
  const patched = (switches: object) => {
    const fetch = { protocol };
    const modules: Record<string, unknown> = { 'kafkajs/package.json': { version: '2.2.4' }, 'kafkajs/src/protocol/requests/fetch': fetch }; // prettier-ignore
    patchKafkajs({ requestQueueTimer: false, joinHooks: false, recordBatch: false, ...switches }, () => undefined, (path) => modules[path] ?? load(path)); // prettier-ignore
    return fetch.protocol;
  };
  expect(patched({})).not.toBe(protocol);
  expect(patched({ fetchResponse: false })).toBe(protocol);
});
