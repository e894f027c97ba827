import { describe, expect, it } from '@jest/globals';
import type { AvroSchema } from '@sunbeon/core/avro';
import { jsonCodec } from './json-codec.js';
import { jsonSafe } from './json-values.js';

const ITEM = {
  type: 'record',
  name: 'Item',
  fields: [
    { name: 'data', type: ['null', 'bytes'], default: null },
    { name: 'hash', type: { type: 'fixed', name: 'Hash', size: 2 } },
    { name: 'tags', type: { type: 'map', values: 'bytes' }, default: {} },
    { name: 'list', type: { type: 'array', items: ['null', 'long'] }, default: [] },
  ],
} as const satisfies AvroSchema;
const SUBJECT = { subject: 'item-value', schema: ITEM } as const;
const codec = jsonCodec();

describe('fromJson', () => {
  it('takes bytes as base64 and fills in defaults', () => {
    expect(codec.fromJson(SUBJECT, { hash: 'AQI=', data: 'aGk=', tags: { a: '' } })).toEqual({
      data: Buffer.from('hi'),
      hash: Buffer.from([1, 2]),
      tags: { a: Buffer.alloc(0) },
      list: [],
    });
  });

  it('gives each value defaults of its own', () => {
    const read = () => codec.fromJson(SUBJECT, { hash: 'AQI=' }) as { list: unknown[] };
    read().list.push(1);
    expect(read().list).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{ hash: 'AQ' }, 'item: field "hash": got string "AQ", the schema wants 2 bytes (a Buffer; base64 in JSON)'],
    [{ hash: 'AQID' }, 'item: field "hash": got 3 bytes, the schema wants 2 bytes (a Buffer; base64 in JSON)'],
    [{ hash: 'AQI=', list: ['1'] }, 'item: field "list[0]": got string "1", the schema wants null or long'],
    [{ hash: 'AQI=', lsit: [] }, 'item: field "lsit" is not in the schema. Did you mean "list"?'],
    [JSON.parse('{"hash":"AQI=","__proto__":{}}'), 'item: field "__proto__" is not in the schema. Known fields: data, hash, tags, list.'], // prettier-ignore
    [7, 'item: the payload: got number 7, the schema wants record Item'],
  ])('refuses %j', (json, message) => {
    expect(() => codec.fromJson(SUBJECT, json)).toThrow(expect.objectContaining({ code: 'PAYLOAD_INVALID' }));
    expect(() => codec.fromJson(SUBJECT, json)).toThrow(message);
  });

  it('takes the branch that a wrapped union names', () => {
    const schema = [
      { type: 'record', name: 'A', fields: [{ name: 'x', type: 'bytes' }] },
      { type: 'record', name: 'B', fields: [{ name: 'x', type: 'bytes' }] },
    ] as const satisfies AvroSchema;
    expect(codec.fromJson({ subject: 'u', schema }, { B: { x: 'aGk=' } })).toEqual({ B: { x: Buffer.from('hi') } });
  });

  it('refuses what is nested too deeply', () => {
    const schema = {
      type: 'record',
      name: 'L',
      fields: [{ name: 'next', type: ['null', 'L'] }],
    } as unknown as AvroSchema;
    const deep = JSON.parse('{"next":'.repeat(100_000) + 'null' + '}'.repeat(100_000));
    expect(() => codec.fromJson({ subject: 'l-value', schema }, deep)).toThrow('l: the payload is nested too deeply.');
  });
});

describe('jsonCodec', () => {
  it('writes JSON that it reads again', async () => {
    const item = { data: Buffer.from('hi'), hash: Buffer.from([1, 2]), tags: {}, list: [1, null] };
    const bytes = await codec.encode(SUBJECT, item);
    expect(bytes.toString()).toBe('{"data":"aGk=","hash":"AQI=","tags":{},"list":[1,null]}');
    expect(await codec.decode(SUBJECT, bytes)).toEqual(item);
    expect(await codec.decodeAny(bytes)).toEqual(JSON.parse(bytes.toString()));
    expect(codec.contentType).toBe('application/json');
  });

  it('refuses what does not fit, and numbers that JSON does not have', async () => {
    await expect(codec.encode(SUBJECT, {})).rejects.toThrow('item: field "hash" is missing');
    const number = { subject: 'n-value', schema: { type: 'array', items: 'double' } } as const;
    await expect(codec.encode(number, [1, NaN])).rejects.toMatchObject({
      code: 'PAYLOAD_INVALID',
      message: 'n: field "1": JSON has no NaN. Send it with the Avro codec or make the field nullable.',
    });
  });

  it('writes null for nothing, where null is allowed', async () => {
    expect(String(await codec.encode({ subject: 'r', schema: 'null' }, undefined))).toBe('null');
  });

  it('says of a framed record that it needs a registry, and does not wait for one', async () => {
    await expect(codec.decode(SUBJECT, Buffer.from([0, 0, 0, 0, 1]))).rejects.toMatchObject({
      code: 'SCHEMA_UNKNOWN',
      message:
        'item: the record is framed Avro and no schema registry is configured here. Set SCHEMA_REGISTRY_URL, or use avroCodec(), then replay it.',
    });
    await expect(codec.decodeAny(Buffer.from('x'))).rejects.toMatchObject({ code: 'RECORD_UNREADABLE' });
  });

  it('checks a schema at registration', async () => {
    await codec.register(SUBJECT);
    const wrong = { subject: 'x-value', schema: ['int', 'int'] } as const;
    await expect(codec.register(wrong)).rejects.toMatchObject({ code: 'CONTRACT_INVALID' });
  });
});

describe('jsonSafe', () => {
  it('keeps what JSON has and turns bytes into base64', () => {
    const at = new Date(0);
    expect(jsonSafe({ a: [new Uint8Array([1]), Buffer.from('hi')], b: 5n, c: null, at })).toEqual({
      a: ['AQ==', 'aGk='],
      b: '5',
      c: null,
      at,
    });
  });
});
