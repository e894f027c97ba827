import { createRequire } from 'node:module';
import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { registerCodecs } from '../codecs.js';
import { patchKafkajs } from '../patches.js';
import { type CodecOf, fastProduce, type ProduceProtocol, type ProduceRequest } from './record-batch.js';

const load = createRequire(import.meta.url);
const { protocol } = load('kafkajs/src/protocol/requests/produce') as ProduceProtocol;
const { lookupCodec, Codecs } = load('kafkajs/src/protocol/message/compression') as {
  lookupCodec: CodecOf;
  Codecs: Record<number, unknown>;
};
registerCodecs(Codecs);

async function bytesOf(make: ProduceProtocol['protocol'], args: ProduceRequest, version = 7): Promise<Buffer> {
  const encoded = (await make({ version })!(args).request.encode()) as { buffer: Buffer; size(): number };
  expect(encoded.size()).toBe(encoded.buffer.length);
  return encoded.buffer;
}

const text = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 70 }),
  fc.constantFrom('', 'é', '\ud800', 'x'.repeat(63), 'x'.repeat(64), 'é'.repeat(32), 'x'.repeat(300)),
);
const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
const part = fc.option(
  fc.oneof(
    text,
    bytes,
    fc.integer({ min: 0, max: 20_000 }).map((n) => Buffer.alloc(n, 7)),
  ),
);
const header = fc.oneof(text, bytes, fc.array(fc.oneof(text, bytes), { maxLength: 3 }));
const message = fc.record(
  {
    key: part,
    value: part,
    headers: fc.dictionary(
      text.filter((name) => name !== '__proto__'),
      header,
      { maxKeys: 6 },
    ),
  },
  { requiredKeys: ['value'] },
);
const partitions = fc
  .array(fc.tuple(fc.nat(1_000), fc.array(message, { minLength: 1, maxLength: 90 }), fc.nat(2 ** 31 - 1)), { minLength: 1, maxLength: 3 })
  .map((list) => list.map(([partition, messages, firstSequence]) => ({ partition, messages, firstSequence }))); // prettier-ignore
const request = fc.record({
  acks: fc.constantFrom(-1, 1),
  timeout: fc.nat(60_000),
  transactionalId: fc.option(text, { nil: undefined }),
  producerId: fc.oneof(fc.nat().map(String), fc.constant('-1'), fc.constant('9007199254740993')),
  producerEpoch: fc.nat(32_767),
  compression: fc.constantFrom(0, 1, 2, 3, 4),
  topicData: fc.array(fc.record({ topic: text, partitions }), { minLength: 1, maxLength: 2 }),
}) as fc.Arbitrary<ProduceRequest>;

describe('a produce request', () => {
  const fast = fastProduce(protocol, lookupCodec);

  it('has the bytes that kafkajs would have written', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(1_790_000_000_123);
    await fc.assert(
      fc.asyncProperty(request, fc.constantFrom(3, 7), async (args, version) => {
        expect((await bytesOf(fast, args, version)).equals(await bytesOf(protocol, args, version))).toBe(true);
      }),
      { numRuns: 150 },
    );
    jest.restoreAllMocks();
  });

  it.each([
    { what: 'a time of its own', message: { value: 'v', timestamp: '1700000000000' } },
    { what: 'a value that is to be turned into text', message: { key: null, value: new Uint8Array([1, 2]) } },
  ])('with $what is left to kafkajs', async ({ message: odd }) => {
    const messages = [odd] as unknown as ProduceRequest['topicData'][0]['partitions'][0]['messages'];
    const args = { acks: -1, timeout: 1, topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }] };
    jest.spyOn(Date, 'now').mockReturnValue(1_790_000_000_123);
    expect((await bytesOf(fast, args)).equals(await bytesOf(protocol, args))).toBe(true);
    jest.restoreAllMocks();
  });

  it('leaves out a header that is undefined, and writes null, on which kafkajs throws, as an empty one', async () => {
    jest.spyOn(Date, 'now').mockReturnValue(1_790_000_000_123);
    const withHeaders = (headers: object) =>
      ({ acks: -1, timeout: 1, topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [{ value: 'v', headers }] }] }] }) as ProduceRequest; // prettier-ignore
    const odd = withHeaders({ a: undefined, b: null, c: ['x', null] });
    expect(await bytesOf(fast, odd)).toEqual(await bytesOf(protocol, withHeaders({ b: '', c: ['x', ''] })));
    jest.restoreAllMocks();
  });

  it('of a protocol before record batches is left to kafkajs', () => {
    const args = { acks: -1, timeout: 1, topicData: [] };
    expect(String(fast({ version: 2 })!(args).request.encode)).toBe(
      String(protocol({ version: 2 })!(args).request.encode),
    );
  });
});

describe('the switch', () => {
  const fake = (switches: object) => {
    const produce = { protocol };
    const modules: Record<string, unknown> = {
      'kafkajs/package.json': { version: '2.2.4' },
      'kafkajs/src/protocol/requests/produce': produce,
    };
    const from = (path: string): unknown => modules[path] ?? load(path);
    patchKafkajs({ requestQueueTimer: false, joinHooks: false, fetchResponse: false, ...switches } as object, () => undefined, from); // prettier-ignore
    return produce;
  };

  const requestOf = (switches: object, requests?: number) => {
    const own = requests === undefined ? {} : { requests };
    const data = { partition: 0, messages: [{ key: null, value: Buffer.from('v') }], ...own };
    const args: ProduceRequest = { acks: -1, timeout: 1, topicData: [{ topic: 't', partitions: [data] }] };
    return { data, made: fake(switches).protocol({ version: 7 })!(args) };
  };

  it.each([
    { switches: {}, writer: 'Object' },
    { switches: { recordBatch: false }, writer: 'Encoder' },
  ])('decides who writes: $writer', async ({ switches, writer }) => {
    const encoded = (await requestOf(switches).made.request.encode()) as object;
    expect(encoded.constructor.name).toBe(writer);
  });

  it.each([{ switches: {} }, { switches: { recordBatch: false } }])(
    'and our own requests are counted, and answered for each partition, with $switches; others are as they were',
    async ({ switches }) => {
      const refused = { topics: [{ topicName: 't', partitions: [{ partition: 0, errorCode: 10 }] }] };
      const { data, made } = requestOf(switches, 0);
      await made.request.encode();
      expect(data).toMatchObject({ requests: 1 });
      expect(made.response.parse(refused)).toBe(refused);
      const foreign = requestOf(switches);
      await foreign.made.request.encode();
      expect(foreign.data).not.toHaveProperty('requests');
      await expect(foreign.made.response.parse(refused)).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    },
  );
});
