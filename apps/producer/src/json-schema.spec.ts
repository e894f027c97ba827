import { describe, expect, it } from '@jest/globals';
import type { AvroSchema } from '@sunbeon/core';
import { exampleOf, jsonSchemaOf } from './json-schema.js';

const TABLE: [AvroSchema, object, unknown][] = [
  ['string', { type: 'string' }, 'text'],
  ['bytes', { type: 'string', contentEncoding: 'base64' }, 'AA=='],
  [['null', 'double'], { anyOf: [{ type: 'null' }, { type: 'number', format: 'double' }] }, 1.5],
  [{ type: 'enum', name: 'E', symbols: ['A', 'B'] }, { title: 'E', type: 'string', enum: ['A', 'B'] }, 'A'],
  [{ type: 'array', items: 'boolean' }, { type: 'array', items: { type: 'boolean' } }, [true]],
  [{ type: 'map', values: 'string' }, { type: 'object', additionalProperties: { type: 'string' } }, { key: 'text' }],
  [
    { type: 'fixed', name: 'F', size: 2 },
    { title: 'F', type: 'string', contentEncoding: 'base64', description: '2 bytes' },
    'AAA=',
  ],
  [{ type: 'string', logicalType: 'uuid' }, { type: 'string', description: 'uuid' }, 'text'],
];

describe('jsonSchemaOf', () => {
  it.each(TABLE)('%j', (schema, expected, example) => {
    expect(jsonSchemaOf(schema)).toEqual(expected);
    expect(exampleOf(schema)).toEqual(example);
  });

  it('bounds int and long by what is exact', () => {
    expect(jsonSchemaOf('int')).toMatchObject({ type: 'integer', maximum: 2 ** 31 - 1 });
    expect(jsonSchemaOf('long')).toMatchObject({ type: 'integer', maximum: 2 ** 53 - 1 });
  });

  it('requires the fields of a record that have no default', () => {
    const schema: AvroSchema = {
      type: 'record',
      name: 'R',
      doc: 'A record.',
      fields: [
        { name: 'a', type: 'string', doc: 'The first.' },
        { name: 'b', type: ['null', 'string'], default: null },
      ],
    };
    expect(jsonSchemaOf(schema)).toEqual({
      title: 'R',
      description: 'A record.',
      type: 'object',
      properties: {
        a: { type: 'string', description: 'The first.' },
        b: { anyOf: [{ type: 'null' }, { type: 'string' }], default: null },
      },
      required: ['a'],
      additionalProperties: false,
    });
    expect(exampleOf(schema)).toEqual({ a: 'text', b: 'text' });
  });
});
