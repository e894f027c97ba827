import avsc from 'avsc';
import { putOwn } from './hardened.js';

/**
 * A parsed JSON value as the value avsc works with: base64 strings become Buffers where the schema says bytes or fixed (in a
 * union with string they stay strings), fields with a default that are left out are filled in, unions are unwrapped. What does
 * not fit is left as it is, for the check that follows to name it.
 */
export function fromJsonValue(type: avsc.Type, json: unknown): unknown {
  switch (type.typeName) {
    case 'bytes':
    case 'fixed':
      return typeof json === 'string' ? fromBase64(json) : json;
    case 'array':
      return Array.isArray(json)
        ? json.map((item) => fromJsonValue((type as avsc.types.ArrayType).itemsType, item))
        : json;
    case 'map':
      return isObject(json)
        ? mapValues(json, (value) => fromJsonValue((type as avsc.types.MapType).valuesType, value))
        : json;
    case 'record':
      return isObject(json) ? fromRecord(type as avsc.types.RecordType, json) : json;
    case 'union:unwrapped':
      return fromUnion(type as avsc.types.UnwrappedUnionType, json);
    case 'union:wrapped':
      return fromWrapped(type as avsc.types.WrappedUnionType, json);
    default:
      return json;
  }
}

/** A value as JSON can carry it: bytes become base64 strings; everything else stays. The inverse is {@link fromJsonValue}. */
export function jsonSafe(value: unknown): unknown {
  if (value instanceof Uint8Array)
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  if (Array.isArray(value)) return value.map(jsonSafe);
  if (typeof value === 'bigint') return String(value);
  if (!isObject(value) || typeof value['toJSON'] === 'function') return value;
  return mapValues(value, jsonSafe);
}

function fromRecord(type: avsc.types.RecordType, json: Record<string, unknown>): Record<string, unknown> {
  const fields = new Map(type.fields.map((field) => [field.name, field]));
  const record: Record<string, unknown> = {};
  for (const [name, field] of fields) {
    if (Object.hasOwn(json, name)) putOwn(record, name, fromJsonValue(field.type, json[name]));
    else if (field.defaultValue() !== undefined) putOwn(record, name, field.defaultValue());
  }
  for (const key of Object.keys(json)) if (!fields.has(key)) putOwn(record, key, json[key]);
  return record;
}

function fromUnion(type: avsc.types.UnwrappedUnionType, json: unknown): unknown {
  const wanted = branchesFor(json);
  const names = type.types.map((branch) => branch.typeName);
  const name = wanted.find((candidate) => names.includes(candidate));
  return name === undefined ? json : fromJsonValue(type.types[names.indexOf(name)]!, json);
}

/** The branches a JSON value can mean, best first. Others carry nothing that has to be converted. */
function branchesFor(json: unknown): readonly string[] {
  if (typeof json === 'string') return ['string', 'enum', 'bytes', 'fixed'];
  if (Array.isArray(json)) return ['array'];
  return isObject(json) ? ['record', 'map'] : [];
}

function fromWrapped(type: avsc.types.WrappedUnionType, json: unknown): unknown {
  if (!isObject(json)) return json;
  return mapValues(json, (value, name) => {
    const branch = type.types.find((candidate) => candidate.branchName === name);
    return branch === undefined ? value : fromJsonValue(branch, value);
  });
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function fromBase64(text: string): unknown {
  return BASE64.test(text) ? Buffer.from(text, 'base64') : text;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value);
}

function mapValues(
  object: Record<string, unknown>,
  fn: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const mapped: Record<string, unknown> = {};
  for (const key of Object.keys(object)) putOwn(mapped, key, fn(object[key], key));
  return mapped;
}
