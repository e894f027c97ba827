import { describe, expect, it } from '@jest/globals';
import avsc from 'avsc';
import { parseSchema } from './hardened.js';

const long = (value: number): Buffer => parseSchema('long').toBuffer(value);
const INTS = { type: 'array', items: 'int' };
const wrap = (type: unknown): avsc.Type => parseSchema({ type: 'record', name: 'R', fields: [{ name: 'gone', type }] });
const skipper = (type: unknown): ((bytes: Buffer) => unknown) => {
  const reader = parseSchema({ type: 'record', name: 'R', fields: [] });
  const resolver = reader.createResolver(wrap(type));
  return (bytes) => reader.fromBuffer(bytes, resolver);
};

describe('hostile bytes', () => {
  it.each([
    ['an array', INTS],
    ['an array of nothing', { type: 'array', items: 'null' }],
    ['a map', { type: 'map', values: 'int' }],
  ])('are refused when they announce %s of two billion items', (_name, schema) => {
    expect(() => parseSchema(schema).fromBuffer(long(2_000_000_000))).toThrow('announces more items');
    expect(() => skipper(schema)(long(2_000_000_000))).toThrow('announces more items');
  });

  it('are refused as soon as the announced items run out', () => {
    expect(() => parseSchema(INTS).fromBuffer(long(60_000))).toThrow('truncated');
    expect(() => skipper(INTS)(long(60_000))).toThrow('truncated');
    expect(() => parseSchema({ type: 'map', values: 'int' }).fromBuffer(long(60_000))).toThrow('truncated');
  });

  it('cannot multiply free items by many small blocks', () => {
    const block = Buffer.concat([long(60_000), long(60_000), long(0)]);
    expect(() => parseSchema({ type: 'array', items: 'null' }).fromBuffer(block)).toThrow('announces more items');
  });

  it('cannot send a skip backwards', () => {
    const loop = Buffer.concat([long(-1), long(-2), long(0), long(0)]);
    expect(skipper(INTS)(loop)).toEqual({});
  });

  it('cannot spoil the buffers of later records', () => {
    const type = parseSchema('bytes');
    const endless = Buffer.concat([Buffer.alloc(400, 0xff), Buffer.from([0])]);
    expect(() => type.fromBuffer(endless)).toThrow('truncated');
    const reader = type.createResolver(parseSchema('string'));
    expect(() => type.fromBuffer(endless, reader)).toThrow('truncated');
    expect(type.fromBuffer(type.toBuffer(Buffer.from('hello')))).toEqual(Buffer.from('hello'));
  });

  it('that nest without end are an error', () => {
    const list = parseSchema({ type: 'record', name: 'L', fields: [{ name: 'next', type: ['null', 'L'] }] });
    expect(() => list.fromBuffer(Buffer.alloc(1_000_000, 2))).toThrow(RangeError);
  });
});

describe('honest bytes', () => {
  it.each([
    ['sized blocks', Buffer.concat([long(-2), long(2), long(1), long(2), long(0)])],
    ['several blocks', Buffer.concat([long(1), long(1), long(1), long(2), long(0)])],
  ])('in %s are read and skipped', (_name, bytes) => {
    expect(parseSchema(INTS).fromBuffer(bytes)).toEqual([1, 2]);
    expect(skipper(INTS)(bytes)).toEqual({});
  });

  it('of a skipped map and of free items are read', () => {
    const map = { type: 'map', values: 'int' };
    expect(skipper(map)(parseSchema(map).toBuffer({ a: 1, b: 2 }))).toEqual({});
    const nulls = parseSchema({ type: 'array', items: 'null' });
    expect(nulls.fromBuffer(nulls.toBuffer([null, null]))).toEqual([null, null]);
  });
});

describe('names that every object has', () => {
  it('are no enum symbols', () => {
    const type = parseSchema({ type: 'enum', name: 'E', symbols: ['A'] });
    expect([type.isValid('constructor'), type.isValid(['A']), type.isValid('A')]).toEqual([false, false, true]);
  });

  it('are no known fields', () => {
    const type = wrap('int');
    const strict = { noUndeclaredFields: true };
    expect(type.isValid({ gone: 1, constructor: 1 }, strict)).toBe(false);
    expect(type.isValid(JSON.parse('{"gone":1,"__proto__":1}'), strict)).toBe(false);
    expect(type.isValid({ gone: 1 }, strict)).toBe(true);
  });

  it('are ordinary keys of a map', () => {
    const type = parseSchema({ type: 'map', values: { type: 'map', values: 'int' } });
    const value = JSON.parse('{"__proto__":{"a":1},"constructor":{}}');
    const read = type.fromBuffer(type.toBuffer(value));
    expect(Object.keys(read)).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe('large longs', () => {
  const LARGE = [2 ** 52, -(2 ** 52), -(2 ** 52) - 1, 2 ** 53 - 2, -(2 ** 53) + 2, -(2 ** 52) + 1];

  it('are written and read exactly, also as doubles', () => {
    const [type, double] = [parseSchema('long'), parseSchema('double')];
    for (const value of LARGE) {
      const bytes = type.toBuffer(value);
      expect(type.fromBuffer(bytes)).toBe(value);
      expect(double.fromBuffer(bytes, double.createResolver(type))).toBe(value);
      expect(parseSchema('float').createResolver(type)).toBeDefined();
      expect(bytes).toEqual(varint(value));
    }
  });

  it('are refused beyond what a number holds', () => {
    const endless = Buffer.concat([Buffer.alloc(20, 0xff), Buffer.from([0])]);
    expect(() => parseSchema('long').fromBuffer(endless)).toThrow('more than 64 bits');
    expect(() => parseSchema('long').fromBuffer(varint(2 ** 53))).toThrow('potential precision loss');
  });
});

/** The encoding as the specification has it (Avro 1.12, "Primitive Types"). */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}
