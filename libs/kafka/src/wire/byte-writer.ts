/** Longest text whose length takes one byte, and which is copied faster by hand than by a native call. */
const SHORT = 63;
/** The room left for the length of a record: 64 to 8,191 bytes is the usual one. */
const FRAME = 2;

/** A buffer that grows while it is written; numbers as Kafka's record format has them. */
export class ByteWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#at;
  }

  /** What is written so far; the same memory, good until the next write. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Leaves room for what is only known later. @returns where it begins */
  skip(length: number): number {
    this.#reserve(length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = value;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#at = this.#bytes.writeInt16BE(value, this.#at);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeInt32BE(value, this.#at);
  }

  /** Overwrites what was skipped. */
  int32At(at: number, value: number): void {
    this.#bytes.writeInt32BE(value | 0, at);
  }

  /** A signed 32-bit number, zigzag, seven bits per byte. */
  varint(value: number): void {
    this.#reserve(5);
    let rest = (value << 1) ^ (value >> 31);
    while ((rest & ~0x7f) !== 0) {
      this.#bytes[this.#at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#at++] = rest;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Length as a varint, then the bytes; null is length -1. */
  sized(part: Uint8Array | string | null): void {
    if (typeof part === 'string') return this.#text(part);
    if (part === null) return this.varint(-1);
    this.varint(part.length);
    this.raw(part);
  }

  /** Begins what has its length, as a varint, before it. @returns what {@link endFrame} wants */
  beginFrame(): number {
    return this.skip(FRAME);
  }

  /** A length that takes more or less than the room left for it moves what was written: rare. */
  endFrame(start: number): void {
    const end = this.#at;
    const length = end - start - FRAME;
    const size = length < 0x40 ? 1 : length < 0x2000 ? FRAME : length < 0x10_0000 ? 3 : length < 0x800_0000 ? 4 : 5;
    this.#reserve(5); // here, where all is written: growing keeps only what lies before the position
    if (size !== FRAME) this.#move(start + FRAME, size - FRAME);
    this.#at = start;
    this.varint(length);
    this.#at = end + size - FRAME;
  }

  #move(from: number, by: number): void {
    this.#bytes.copyWithin(from + by, from, this.#at);
  }

  #text(text: string): void {
    if (text.length <= SHORT && this.#ascii(text)) return;
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#reserve(length);
    this.#at += this.#bytes.write(text, this.#at);
  }

  /** False, and nothing is written, when a character is beyond ASCII. */
  #ascii(text: string): boolean {
    const length = text.length;
    this.#reserve(length + 1);
    const bytes = this.#bytes;
    const at = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[at + i] = code;
    }
    bytes[at - 1] = length << 1;
    this.#at = at + length;
    return true;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + length));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}
