import type avsc from 'avsc';
import { SunbeonError } from '@sunbeon/core/errors';

/** Confluent's wire format: a zero byte, the schema's id (4 bytes, big-endian), the Avro body. */
const HEAD_BYTES = 5;

/** Writes values behind a free head. One scratch buffer for all: nothing is kept in it between two calls. */
export class Framer {
  readonly #scratch = Buffer.allocUnsafeSlow(64 * 1024);

  /** A frame whose id is still to be written at offset 1. */
  frame(type: avsc.Type, value: unknown): Buffer {
    const end = type.encode(value, this.#scratch, HEAD_BYTES);
    const frame =
      end >= 0 ? Buffer.from(this.#scratch.subarray(0, end)) : grown(type, value, this.#scratch.length - end);
    frame[0] = 0;
    return frame;
  }
}

function grown(type: avsc.Type, value: unknown, sizeBytes: number): Buffer {
  const frame = Buffer.alloc(sizeBytes);
  type.encode(value, frame, HEAD_BYTES);
  return frame;
}

/** @throws SunbeonError `RECORD_UNREADABLE` */
export function unframe(frame: Buffer, where: string): { id: number; body: Buffer } {
  if (frame.length < HEAD_BYTES || frame[0] !== 0) throw notFramed(frame, where);
  const id = frame.readInt32BE(1);
  if (id < 0) throw unreadable(where, `its schema id ${id} is negative`);
  return { id, body: frame.subarray(HEAD_BYTES) };
}

export function unreadable(where: string, why: string, cause?: unknown): SunbeonError {
  return new SunbeonError('RECORD_UNREADABLE', `${where}: the record cannot be read: ${why}.`, { cause });
}

function notFramed(frame: Buffer, where: string): SunbeonError {
  const start = frame.length === 0 ? 'it is empty' : `it starts with 0x${frame.subarray(0, 1).toString('hex')}`;
  const why = frame.length > 0 && frame[0] === 0 ? `it has ${frame.length} of at least ${HEAD_BYTES} bytes` : start;
  return new SunbeonError('RECORD_UNREADABLE', `${where}: the record is not Confluent-framed Avro: ${why}.`, {
    hint: 'A producer of plain JSON must say so in the header content-type: application/json.',
  });
}
