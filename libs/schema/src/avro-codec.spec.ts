import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SchemaSubject } from '@sunbeon/core/ports';
import { type AvroCodec, avroCodec } from './avro-codec.js';
import { TinyRegistry } from './registry.fixture.js';

const AVRO = 'application/vnd.confluent.avro';
const ADD = {
  subject: 'math.add-value',
  schema: {
    type: 'record',
    name: 'Add',
    fields: [
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double' },
    ],
  },
} as const satisfies SchemaSubject;
const ADD_V2: SchemaSubject = {
  subject: 'math.add-value',
  schema: { ...ADD.schema, fields: [...ADD.schema.fields, { name: 'unit', type: 'string', default: 'm' }] },
};

let registry: TinyRegistry;
let url: string;
let codec: AvroCodec;

beforeEach(async () => {
  registry = new TinyRegistry();
  url = await registry.start();
  codec = avroCodec({ registryUrl: url, timeoutMs: 1_000 });
});

afterEach(() => registry.stop());

const framed = (id: number, ...body: number[]): Buffer => Buffer.from([0, 0, 0, 0, id, ...body]);

describe('writing', () => {
  it('frames the body with a zero byte and the id, big-endian', async () => {
    registry.put('int');
    const frame = await codec.encode(ADD, { a: 1, b: 2 });
    expect(frame.subarray(0, 5)).toEqual(framed(2));
    expect([frame.readDoubleLE(5), frame.readDoubleLE(13), frame.length]).toEqual([1, 2, 21]);
  });

  it('registers once, however many wait for it, and never again', async () => {
    await Promise.all([
      codec.register(ADD),
      codec.encode(ADD, { a: 1, b: 2 }),
      codec.encode({ ...ADD }, { a: 1, b: 2 }),
    ]);
    await codec.encode({ subject: ADD.subject, schema: structuredClone(ADD.schema) }, { a: 1, b: 2 });
    expect(registry.requests).toEqual(['POST /subjects/math.add-value/versions']);
  });

  it('keeps frames apart that wait for one registration', async () => {
    const frames = await Promise.all([codec.encode(ADD, { a: 1, b: 2 }), codec.encode(ADD, { a: 3, b: 4 })]);
    expect(await Promise.all(frames.map((frame) => codec.decodeAny(frame)))).toEqual([
      { a: 1, b: 2 },
      { a: 3, b: 4 },
    ]);
  });

  it('writes what was given at the time of the call', async () => {
    const payload = { a: 1, b: 2 };
    const frame = codec.encode(ADD, payload);
    payload.a = 9;
    expect(await codec.decodeAny(await frame)).toEqual({ a: 1, b: 2 });
  });

  it('writes values larger than its scratch buffer', async () => {
    const text = { subject: 'text', schema: 'string' } as const;
    const long = 'ä'.repeat(100_000);
    expect(await codec.decode(text, await codec.encode(text, long), AVRO)).toBe(long);
  });

  it('takes a missing value as null where null is allowed', async () => {
    const nothing = { subject: 'a.result-value', schema: 'null' } as const;
    expect(await codec.decode(nothing, await codec.encode(nothing, undefined), AVRO)).toBeNull();
  });

  it('refuses a payload without asking the registry', async () => {
    await expect(codec.encode(ADD, { a: 1 })).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    expect(registry.requests).toEqual([]);
  });

  it('refuses a schema that is none', async () => {
    const wrong = { subject: 'x-value', schema: { type: 'record', name: 'X', fields: [{ name: 'a', type: 'dbl' }] } };
    await expect(codec.register(wrong as unknown as SchemaSubject)).rejects.toMatchObject({
      code: 'CONTRACT_INVALID',
      message: 'x: not an Avro schema: undefined type name: dbl. Mend the schema literal of the contract.',
    });
  });
});

describe('reading', () => {
  it('fills fields that an older writer did not know', async () => {
    const old = await codec.encode(ADD, { a: 1, b: 2 });
    expect(await codec.decode(ADD_V2, old, AVRO)).toEqual({ a: 1, b: 2, unit: 'm' });
  });

  it('leaves out fields that a newer writer has added', async () => {
    const newer = await codec.encode(ADD_V2, { a: 1, b: 2, unit: 'km' });
    expect(await codec.decode(ADD, newer, AVRO)).toEqual({ a: 1, b: 2 });
  });

  it("reads another team's record of the same name in another namespace", async () => {
    const id = registry.put({ ...ADD.schema, namespace: 'org.other' });
    const frame = await codec.encode(ADD, { a: 1, b: 2 });
    frame.writeInt32BE(id, 1);
    expect(await codec.decode(ADD, frame, AVRO)).toEqual({ a: 1, b: 2 });
  });

  it("asks for a writer's schema once, however many wait for it", async () => {
    const id = registry.put(ADD.schema);
    const frame = Buffer.concat([framed(id), Buffer.alloc(16)]);
    await Promise.all([codec.decode(ADD, frame, AVRO), codec.decode(ADD_V2, frame, AVRO), codec.decodeAny(frame)]);
    await codec.decode(ADD, frame, AVRO);
    expect(registry.requests).toEqual([`GET /schemas/ids/${id}`]);
  });

  it('keeps no more schemas than it is told to', async () => {
    codec = avroCodec({ registryUrl: url, maxWriterSchemas: 1 });
    const [one, two] = [registry.put('int'), registry.put('long')];
    for (const id of [one, one, two, one]) await codec.decodeAny(framed(id, 2));
    expect(registry.requests).toEqual([1, 2, 1].map((id) => `GET /schemas/ids/${id}`));
  });

  it('reads JSON without the registry, with defaults', async () => {
    const json = Buffer.from('{"a":1,"b":2.5}');
    expect(await codec.decode(ADD_V2, json, 'application/json; charset=utf-8')).toEqual({ a: 1, b: 2.5, unit: 'm' });
    expect(registry.requests).toEqual([]);
  });

  it('reads any value: by its own schema, or as JSON', async () => {
    expect(await codec.decodeAny(await codec.encode(ADD, { a: 1, b: 2 }))).toEqual({ a: 1, b: 2 });
    expect(await codec.decodeAny(Buffer.from('[1]'))).toEqual([1]);
  });

  it.each([
    ['an empty value', Buffer.alloc(0), 'it is empty'],
    ['bytes that are something else', Buffer.from('{"a":1}'), 'it starts with 0x7b'],
    ['half a head', Buffer.from([0, 0]), 'it has 2 of at least 5 bytes'],
  ])('buries %s', async (_name, bytes, why) => {
    await expect(codec.decode(ADD, bytes, AVRO)).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      retriable: false,
      message: `math.add: the record is not Confluent-framed Avro: ${why}. A producer of plain JSON must say so in the header content-type: application/json.`,
    });
  });

  it('buries truncated bodies, trailing bytes and impossible ids', async () => {
    const frame = await codec.encode(ADD, { a: 1, b: 2 });
    await expect(codec.decode(ADD, frame.subarray(0, -1), AVRO)).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      message: 'math.add: the record cannot be read: its bytes do not fit its schema (truncated buffer).',
    });
    await expect(codec.decode(ADD, Buffer.concat([frame, Buffer.alloc(1)]), AVRO)).rejects.toThrow('(trailing data)');
    const negative = Buffer.from([0, 255, 255, 255, 255]);
    await expect(codec.decode(ADD, negative, AVRO)).rejects.toThrow('its schema id -1 is negative');
    expect(registry.count(/GET/)).toBe(1);
  });

  it('buries what was written with a schema that the contract cannot read', async () => {
    const id = registry.put({ type: 'record', name: 'Add', fields: [{ name: 'a', type: 'string' }] });
    await expect(codec.decode(ADD, framed(id, 0), AVRO)).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      message: `math.add: the record cannot be read: schema ${id}, which it was written with, does not fit the contract's (cannot read "string" as "double").`,
    });
  });

  it('buries what is neither framed nor JSON', async () => {
    await expect(codec.decodeAny(Buffer.from('no'))).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
    await expect(codec.decode(ADD, Buffer.from([0xff]), 'application/json')).rejects.toThrow('it is not JSON');
  });

  it('buries what another kind of schema was used for', async () => {
    const id = registry.put({ type: 'object' }, 'JSON');
    await expect(codec.decode(ADD, framed(id), AVRO)).rejects.toMatchObject({
      code: 'RECORD_UNREADABLE',
      message: `Schema ${id} of the registry is not an Avro schema.`,
    });
  });
});
