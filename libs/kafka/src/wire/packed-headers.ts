import { Varints } from './varints.js';

export type ReadHeaders = Record<string, Buffer | null | (Buffer | null)[]>;

/** Header names by their place: the records of one batch have the same, which are then not decoded again. */
export type KnownNames = { readonly bytes: Buffer; readonly text: string }[];

/** The headers of a record as they lie there. A buried one has twenty, and who filters a million of them looks at a few. */
export class PackedHeaders {
  readonly #bytes: Buffer;
  readonly #from: number;
  readonly #names: KnownNames;

  constructor(bytes: Buffer, from: number, names: KnownNames) {
    this.#bytes = bytes;
    this.#from = from;
    this.#names = names;
  }

  /** @param wanted only these names; the values of others are passed over */
  read(wanted?: ReadonlySet<string>): ReadHeaders {
    const headers: ReadHeaders = {};
    const at = new Varints(this.#bytes, this.#from);
    const count = at.next();
    for (let i = 0; i < count; i++) {
      const name = this.#name(at, i);
      if (wanted === undefined || wanted.has(name)) add(headers, name, at.part());
      else at.skipPart();
    }
    return headers;
  }

  #name(at: Varints, place: number): string {
    const length = at.next();
    const { from } = at;
    at.from += Math.max(0, length);
    const known = this.#names[place];
    if (known?.bytes.length === length && this.#holds(known.bytes, from)) return known.text;
    if (length < 0) return 'null';
    const text = this.#bytes.toString('utf8', from, at.from);
    // A copy: the next batch's records must not keep this one's bytes in memory.
    this.#names[place] = { bytes: Buffer.from(this.#bytes.subarray(from, at.from)), text };
    return text;
  }

  #holds(expected: Buffer, from: number): boolean {
    for (let i = 0; i < expected.length; i++) if (this.#bytes[from + i] !== expected[i]) return false;
    return true;
  }
}

function add(headers: ReadHeaders, name: string, value: Buffer | null): void {
  const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (before !== undefined) headers[name] = Array.isArray(before) ? [...before, value] : [before, value];
  else if (name !== '__proto__') headers[name] = value;
  else Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true });
}
