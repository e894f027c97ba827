import type { AvroSchema } from '@sunbeon/core';

/** A JSON Schema (2020-12), as OpenAPI 3.1 carries it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

const PRIMITIVES: Readonly<Record<string, JsonSchema>> = {
  null: { type: 'null' },
  boolean: { type: 'boolean' },
  int: { type: 'integer', format: 'int32', minimum: -2_147_483_648, maximum: 2_147_483_647 },
  // A long is a JavaScript number here: exact up to 2^53 - 1, refused beyond.
  long: { type: 'integer', format: 'int64', minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER },
  float: { type: 'number', format: 'float' },
  double: { type: 'number', format: 'double' },
  bytes: { type: 'string', contentEncoding: 'base64' },
  string: { type: 'string' },
};

/** What JSON fits an Avro schema at the door. Fields with a default may be left out. */
export function jsonSchemaOf(schema: AvroSchema): JsonSchema {
  if (typeof schema === 'string') return PRIMITIVES[schema] ?? {};
  if (isUnion(schema)) return { anyOf: schema.map(jsonSchemaOf) };
  switch (schema.type) {
    case 'record':
      return recordSchema(schema);
    case 'enum':
      return { title: schema.name, type: 'string', enum: [...schema.symbols], ...docOf(schema) };
    case 'array':
      return { type: 'array', items: jsonSchemaOf(schema.items) };
    case 'map':
      return { type: 'object', additionalProperties: jsonSchemaOf(schema.values) };
    case 'fixed':
      return { title: schema.name, type: 'string', contentEncoding: 'base64', description: `${schema.size} bytes` };
    default:
      return { ...PRIMITIVES[schema.type], ...(schema.logicalType ? { description: schema.logicalType } : {}) };
  }
}

/** `Array.isArray` does not narrow readonly arrays. */
function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema);
}

function recordSchema(schema: Extract<AvroSchema, { type: 'record' }>): JsonSchema {
  const properties = schema.fields.map(({ name, type, doc, default: fallback }) => [
    name,
    { ...jsonSchemaOf(type), ...docOf({ doc }), ...(fallback === undefined ? {} : { default: fallback }) },
  ]);
  const required = schema.fields.filter((field) => field.default === undefined).map((field) => field.name);
  return {
    title: schema.name,
    type: 'object',
    properties: Object.fromEntries(properties),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
    ...docOf(schema),
  };
}

function docOf(schema: { readonly doc?: string | undefined }): JsonSchema {
  return schema.doc === undefined ? {} : { description: schema.doc };
}

/** A small value that fits a schema: defaults where there are any, else the simplest one. For the documentation page. */
export function exampleOf(schema: AvroSchema): unknown {
  if (typeof schema === 'string') return EXAMPLES[schema];
  if (isUnion(schema)) return exampleOf(schema.find((branch) => branch !== 'null') ?? 'null');
  switch (schema.type) {
    case 'record':
      return Object.fromEntries(schema.fields.map((field) => [field.name, field.default ?? exampleOf(field.type)]));
    case 'enum':
      return schema.symbols[0];
    case 'array':
      return [exampleOf(schema.items)];
    case 'map':
      return { key: exampleOf(schema.values) };
    case 'fixed':
      return Buffer.alloc(schema.size).toString('base64');
    default:
      return EXAMPLES[schema.type];
  }
}

const EXAMPLES: Readonly<Record<string, unknown>> = {
  null: null,
  boolean: true,
  int: 1,
  long: 1,
  float: 1.5,
  double: 1.5,
  bytes: 'AA==',
  string: 'text',
};
