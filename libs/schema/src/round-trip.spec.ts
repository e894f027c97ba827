import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AvroSchema } from '@sunbeon/core/avro';
import { type AvroCodec, avroCodec } from './avro-codec.js';
import { jsonCodec } from './json-codec.js';
import { TinyRegistry } from './registry.fixture.js';

/** A schema and a generator of values that fit it. */
interface Shape {
  readonly schema: unknown;
  readonly values: fc.Arbitrary<unknown>;
}

const name = fc.uuid().map((id) => `N${id.replaceAll('-', '')}`);
const bytes = (size: object) => fc.uint8Array(size).map((array) => Buffer.from(array));
const LEAVES: Shape[] = [
  { schema: 'null', values: fc.constant(null) },
  { schema: 'boolean', values: fc.boolean() },
  { schema: 'int', values: fc.integer() },
  { schema: 'long', values: fc.maxSafeInteger().map((n) => Math.max(-(2 ** 53 - 2), Math.min(n, 2 ** 53 - 2))) },
  { schema: 'float', values: fc.float({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)) },
  { schema: 'double', values: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0)) },
  { schema: 'string', values: fc.string({ unit: 'grapheme' }) },
  { schema: 'bytes', values: bytes({ maxLength: 50 }) },
];

const shapes = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...LEAVES),
    name.map((id): Shape => ({ schema: { type: 'fixed', name: id, size: 3 }, values: bytes({ minLength: 3, maxLength: 3 }) })), // prettier-ignore
    name.map((id): Shape => ({ schema: { type: 'enum', name: id, symbols: ['A', 'B'] }, values: fc.constantFrom('A', 'B') })), // prettier-ignore
    tie('shape').map((of): Shape => ({ schema: { type: 'array', items: of.schema }, values: fc.array(of.values, { maxLength: 5 }) })), // prettier-ignore
    tie('shape').map((of): Shape => ({ schema: { type: 'map', values: of.schema }, values: fc.dictionary(fc.string(), of.values, { maxKeys: 5, noNullPrototype: true }) })), // prettier-ignore
    tie('shape').filter((of) => of.schema !== 'null').map((of): Shape => ({ schema: ['null', of.schema].flat(), values: fc.option(of.values) })).filter(plainUnion), // prettier-ignore
    fc.tuple(name, fc.array(tie('shape'), { maxLength: 4 })).map(([id, fields]) => record(id, fields)),
  ),
}));

function plainUnion({ schema }: Shape): boolean {
  return new Set(schema as unknown[]).size === 2 && (schema as unknown[]).length === 2;
}

function record(id: string, fields: readonly Shape[]): Shape {
  return {
    schema: { type: 'record', name: id, fields: fields.map((field, i) => ({ name: `f${i}`, type: field.schema })) },
    values: fc.record(Object.fromEntries(fields.map((field, i) => [`f${i}`, field.values])), { noNullPrototype: true }),
  };
}

const cases = shapes.shape.chain(({ schema, values }) => fc.record({ schema: fc.constant(schema), value: values }));

describe('what is written is read again', () => {
  const registry = new TinyRegistry();
  let codec: AvroCodec;

  beforeAll(async () => {
    codec = avroCodec({ registryUrl: await registry.start() });
  });
  afterAll(() => registry.stop());

  it('as Avro, with and without the contract', async () => {
    const property = fc.asyncProperty(cases, async ({ schema, value }) => {
      const subject = { subject: 'any-value', schema: schema as AvroSchema };
      const frame = await codec.encode(subject, value);
      expect(await codec.decode(subject, frame, codec.contentType)).toEqual(value);
      expect(await codec.decodeAny(frame)).toEqual(value);
      expect(codec.asRead(subject, value)).toEqual(value);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('as JSON', async () => {
    const json = jsonCodec();
    const property = fc.asyncProperty(cases, async ({ schema, value }) => {
      const subject = { subject: 'any-value', schema: schema as AvroSchema };
      const text = await json.encode(subject, value);
      expect(await json.decode(subject, text)).toEqual(value);
      expect(json.asRead(subject, value)).toEqual(value);
      expect(await codec.decode(subject, text, 'application/json')).toEqual(value);
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it('or refused as unreadable, whatever the bytes', async () => {
    const property = fc.asyncProperty(cases, fc.uint8Array({ maxLength: 200 }), async ({ schema }, noise) => {
      const subject = { subject: 'any-value', schema: schema as AvroSchema };
      const frame = Buffer.concat([Buffer.alloc(5), noise]);
      frame.writeInt32BE(registry.put(schema), 1);
      const outcome = await codec.decode(subject, frame, codec.contentType).then(() => 'read', (e: { code: string }) => e.code); // prettier-ignore
      expect(['read', 'RECORD_UNREADABLE']).toContain(outcome);
    });
    await fc.assert(property, { numRuns: 150 });
  });
});
