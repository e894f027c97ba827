import avsc from 'avsc';

/**
 * avsc 5.7.9 computes longs in doubles: the zigzag form of a number below -(2^52) needs 54 bits, so that
 * -4503599627370497 was written and read as 4503599627370496. Numbers of that size take the slow, exact way here.
 */
interface LongTap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
}

interface Resolving {
  _update(resolver: { _read: unknown }, writer: avsc.Type): void;
}

/** From here on doubles cannot hold the zigzag form. */
const EXACT_BELOW = 2 ** 52;
/** 64 bits in groups of 7. */
const MAX_BYTES = 10;
/** avsc's own bound for a long that is a number. */
const LARGEST = 2 ** 53 - 2;

/** @throws Error for a number that a double cannot hold, as avsc does */
export function readLong(tap: LongTap): number {
  const start = tap.pos;
  const value = tap.readLong();
  if (Math.abs(value) < EXACT_BELOW) return value;
  return readExactly(tap, start);
}

function readExactly(tap: LongTap, start: number): number {
  let zigzag = 0n;
  for (let i = 0; i < MAX_BYTES; i++) {
    const byte = tap.buf[start + i] ?? 0;
    zigzag |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if ((byte & 0x80) === 0) return asNumber(zigzag);
  }
  throw new Error('a number of more than 64 bits');
}

function asNumber(zigzag: bigint): number {
  const value = Number((zigzag >> 1n) ^ -(zigzag & 1n));
  if (Math.abs(value) > LARGEST) throw new Error('potential precision loss');
  return value;
}

export class ExactLong extends avsc.types.LongType {
  _read(tap: LongTap): number {
    return readLong(tap);
  }

  _write(tap: LongTap, value: number): void {
    if (value > -EXACT_BELOW) return void tap.writeLong(value);
    let zigzag = BigInt(value) * -2n - 1n;
    for (; zigzag >= 0x80n; zigzag >>= 7n) tap.buf[tap.pos++] = Number(zigzag & 0x7fn) | 0x80;
    tap.buf[tap.pos++] = Number(zigzag);
  }
}

/** Doubles and floats also read the longs of another writer. */
export class LongReadingDouble extends avsc.types.DoubleType {
  _update(resolver: { _read: unknown }, writer: avsc.Type): void {
    updateFrom(avsc.types.DoubleType.prototype, resolver, writer);
  }
}

export class LongReadingFloat extends avsc.types.FloatType {
  _update(resolver: { _read: unknown }, writer: avsc.Type): void {
    updateFrom(avsc.types.FloatType.prototype, resolver, writer);
  }
}

function updateFrom(base: avsc.Type, resolver: { _read: unknown }, writer: avsc.Type): void {
  if (writer.typeName === 'long') resolver._read = readLong;
  else (base as unknown as Resolving)._update(resolver, writer);
}
