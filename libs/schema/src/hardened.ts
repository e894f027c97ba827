import avsc from 'avsc';
import { ExactLong, LongReadingDouble, LongReadingFloat } from './exact-long.js';

/**
 * What avsc 5.7.9 does with hostile or odd input, mended by its own extension point (`typeHook`). Each has a test that shows it:
 * an array's length is taken from the bytes and allocated at once; skipping a block jumps by a size from the bytes, also backwards;
 * a `bytes` length beyond all numbers spoils the buffer pool for every later record of the process; names are looked up in plain
 * objects, so that `constructor` counts as a known enum symbol and a known field, and a map key `__proto__` is lost. Large longs: see `exact-long.ts`.
 */
export function parseSchema(schema: unknown): avsc.Type {
  return avsc.Type.forSchema(structuredClone(schema) as avsc.schema.AvroSchema, parseOptions());
}

/** Fresh for each schema: avsc keeps the names it has met in its options. */
export function parseOptions(): Partial<ForSchemaOptions> {
  return { wrapUnions: 'auto', omitRecordMethods: true, typeHook: harden };
}

type ForSchemaOptions = NonNullable<Parameters<typeof avsc.Type.forSchema>[1]>;

/** avsc's cursor over the bytes. Reading past the end gives zeros, so positions must be checked. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  /** Items of arrays and maps announced so far in this record: ours. */
  items?: number;
  readLong(): number;
  readString(): string;
  skipLong(): void;
  skipString(): void;
  readFixed(length: number): Buffer;
}

interface Reader {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** Items that take no bytes (null, an empty record) cannot be bounded by the record's size: so many are allowed in all. */
const FREE_ITEMS = 65_536;

/** The number of items in the next block, 0 at the end. @throws Error when the record is too short for what it announces */
function nextBlock(tap: Tap): number {
  let count = tap.readLong();
  if (count < 0) {
    count = -count;
    tap.skipLong(); // The block's size in bytes, for those who skip.
  }
  tap.items = (tap.items ?? 0) + count;
  if (!(tap.items <= tap.buf.length + FREE_ITEMS)) throw new Error('it announces more items than it has bytes');
  return count;
}

function assertInside(tap: Tap): void {
  if (!(tap.pos <= tap.buf.length)) throw new Error('truncated buffer');
}

/** Goes through the items rather than trusting the block's size. */
function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (let count = nextBlock(tap); count > 0; count = nextBlock(tap)) {
    while (count-- > 0) {
      skipItem();
      assertInside(tap);
    }
  }
}

class BoundedArray extends avsc.types.ArrayType {
  // `this` is a resolver with the same field when a writer's array is read with another schema.
  _read(this: { readonly itemsType: unknown }, tap: Tap): unknown[] {
    const items = this.itemsType as Reader;
    const values: unknown[] = [];
    for (let count = nextBlock(tap); count > 0; count = nextBlock(tap)) {
      while (count-- > 0) {
        values.push(items._read(tap));
        assertInside(tap);
      }
    }
    return values;
  }

  _skip(tap: Tap): void {
    skipBlocks(tap, () => (this.itemsType as unknown as Reader)._skip(tap));
  }
}

class BoundedMap extends avsc.types.MapType {
  _read(this: { readonly valuesType: Reader }, tap: Tap): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (let count = nextBlock(tap); count > 0; count = nextBlock(tap)) {
      while (count-- > 0) {
        const key = tap.readString();
        assertInside(tap);
        putOwn(values, key, this.valuesType._read(tap));
        assertInside(tap);
      }
    }
    return values;
  }

  _skip(tap: Tap): void {
    skipBlocks(tap, () => {
      tap.skipString();
      (this.valuesType as Reader)._skip(tap);
    });
  }
}

class CheckedBytes extends avsc.types.BytesType {
  _read(tap: Tap): Buffer {
    const length = tap.readLong();
    if (!(length >= 0 && length <= tap.buf.length - tap.pos)) throw new Error('truncated buffer');
    return tap.readFixed(length);
  }
}

type ErrorHook = (value: unknown, type: avsc.Type) => void;

class OwnSymbolsEnum extends avsc.types.EnumType {
  _check(value: unknown, _flags: unknown, hook?: ErrorHook): boolean {
    const known = typeof value === 'string' && this.symbols.includes(value);
    if (!known) hook?.(value, this);
    return known;
  }
}

class OwnFieldsRecord extends avsc.types.RecordType {
  // avsc calls it when undeclared fields are refused, which they always are here.
  _checkFields(value: object): boolean {
    if (Array.isArray(value) || Buffer.isBuffer(value)) return false;
    return Object.keys(value).every((key) => this.fields.some((field) => field.name === key));
  }
}

function harden(schema: unknown, options: ForSchemaOptions | Partial<ForSchemaOptions>): avsc.Type | undefined {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return undefined;
  const known = schema as avsc.schema.AvroSchema;
  switch ((schema as { type?: unknown }).type) {
    case 'array':
      return new BoundedArray(known, options);
    case 'map':
      return new BoundedMap(known, options);
    case 'bytes':
      return new CheckedBytes();
    case 'long':
      return new ExactLong();
    case 'double':
      return new LongReadingDouble();
    case 'float':
      return new LongReadingFloat();
    case 'enum':
      return new OwnSymbolsEnum(known, options);
    case 'record':
    case 'error':
      return new OwnFieldsRecord(known, options);
    default:
      return undefined;
  }
}

/** Sets a property of the object itself, whatever it is called: `target['__proto__'] = …` would not. */
export function putOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') target[key] = value;
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
