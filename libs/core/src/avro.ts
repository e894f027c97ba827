/**
 * Avro schemas as TypeScript literals, and the types they stand for. No code generation: the literal is the only source.
 * The shapes follow the Avro 1.12 specification; values are those of `avsc` with unwrapped unions: `long` is a number
 * (refused beyond 2^53), `bytes` and `fixed` are Buffers, a logical type is its underlying type.
 */
export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  /** A field with a default may be left out by the sender. */
  readonly default?: unknown;
  readonly doc?: string;
  readonly aliases?: readonly string[];
}

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly aliases?: readonly string[];
  readonly fields: readonly AvroField[];
}

export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly namespace?: string;
  readonly doc?: string;
  readonly symbols: readonly string[];
  readonly default?: string;
}

export interface AvroArray {
  readonly type: 'array';
  readonly items: AvroSchema;
}

export interface AvroMap {
  readonly type: 'map';
  readonly values: AvroSchema;
}

export interface AvroFixed {
  readonly type: 'fixed';
  readonly name: string;
  readonly namespace?: string;
  readonly size: number;
}

/** A primitive written as an object, with or without a logical type: `{ type: 'long', logicalType: 'timestamp-millis' }`. */
export interface AvroAnnotated {
  readonly type: AvroPrimitive;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

/** Any Avro schema that a contract may carry. A union is an array; references to named types are not inferred, so not allowed. */
export type AvroSchema =
  AvroPrimitive | AvroRecord | AvroEnum | AvroArray | AvroMap | AvroFixed | AvroAnnotated | readonly AvroSchema[];

interface Primitives {
  null: null;
  boolean: boolean;
  int: number;
  long: number;
  float: number;
  double: number;
  bytes: Buffer;
  string: string;
}

type Simplify<T> = { [K in keyof T]: T[K] } & {};

/** The value a reader gets: every field is there, those with defaults too. */
// Of the general type, where no literal is known, nothing is known of the value either; this also ends the recursion.
export type AvroValue<S> = AvroSchema extends S
  ? any // eslint-disable-line @typescript-eslint/no-explicit-any
  : S extends AvroPrimitive
    ? Primitives[S]
    : S extends readonly (infer Branch)[]
      ? AvroValue<Branch>
      : S extends { readonly type: 'record'; readonly fields: infer F extends readonly AvroField[] }
        ? Simplify<{ -readonly [K in F[number] as K['name']]: AvroValue<K['type']> }>
        : S extends { readonly type: 'enum'; readonly symbols: infer Symbols extends readonly string[] }
          ? Symbols[number]
          : S extends { readonly type: 'array'; readonly items: infer Items }
            ? AvroValue<Items>[]
            : S extends { readonly type: 'map'; readonly values: infer Values }
              ? Record<string, AvroValue<Values>>
              : S extends { readonly type: 'fixed' }
                ? Buffer
                : S extends { readonly type: infer P extends AvroPrimitive }
                  ? Primitives[P]
                  : never;

/** The value a sender gives: as {@link AvroValue}, but fields with a default may be left out. */
export type AvroInput<S> = AvroSchema extends S
  ? any // eslint-disable-line @typescript-eslint/no-explicit-any
  : S extends readonly (infer Branch)[]
    ? AvroInput<Branch>
    : S extends { readonly type: 'record'; readonly fields: infer F extends readonly AvroField[] }
      ? Simplify<
          { readonly [K in F[number] as K extends { default: unknown } ? never : K['name']]: AvroInput<K['type']> } & {
            readonly [K in F[number] as K extends { default: unknown } ? K['name'] : never]?: AvroInput<K['type']>;
          }
        >
      : S extends { readonly type: 'array'; readonly items: infer Items }
        ? readonly AvroInput<Items>[]
        : S extends { readonly type: 'map'; readonly values: infer Values }
          ? Readonly<Record<string, AvroInput<Values>>>
          : AvroValue<S>;
