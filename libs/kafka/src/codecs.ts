import { promisify } from 'node:util';
import zlib from 'node:zlib';
import lz4 from 'lz4-napi';
import snappy from 'snappy';

/** How the records of a producer are compressed. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Kafka's numbers: the lowest three bits of a record batch's attributes. */
const TYPES: Readonly<Record<Compression, number>> = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };

export const COMPRESSIONS = Object.keys(TYPES) as readonly Compression[];

/** A fetch is at most some ten MB compressed; what unpacks to more is a bomb, not a batch. */
export const MAX_UNPACKED_BYTES = 100 * 1024 * 1024;

/** As kafkajs wants it: `encoder` wraps the bytes to compress. */
export interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(buffer: Buffer): Promise<Buffer>;
}

export function compressionType(name: Compression | undefined): number {
  return TYPES[name ?? 'none'];
}

/** Makes all four readable and writable. @param registry `CompressionCodecs` of kafkajs. */
export function registerCodecs(registry: Record<number, unknown>): void {
  for (const [name, codec] of Object.entries(CODECS)) registry[TYPES[name as Compression]] = () => codec;
}

const gzip = promisify<Buffer, Buffer>(zlib.gzip);
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const zstd = promisify<Buffer, Buffer>(zlib.zstdCompress);
const unzstd = promisify<Buffer, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
const bounded = { maxOutputLength: MAX_UNPACKED_BYTES };

export const CODECS: Readonly<Record<Exclude<Compression, 'none'>, Codec>> = {
  gzip: { compress: ({ buffer }) => gzip(buffer), decompress: (buffer) => gunzip(buffer, bounded) },
  zstd: { compress: ({ buffer }) => zstd(buffer), decompress: (buffer) => unzstd(buffer, bounded) },
  snappy: { compress: ({ buffer }) => compressXerial(buffer), decompress: decompressSnappy },
  lz4: {
    compress: ({ buffer }) => lz4.compressFrame(buffer),
    decompress: async (buffer) => {
      refuseAbove(lz4FrameBound(buffer));
      return lz4.decompressFrame(buffer);
    },
  },
};

/* ---- Snappy, framed as snappy-java (xerial) does: 8 bytes of magic, two version numbers, then blocks with their length. ---- */

const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER = Buffer.concat([XERIAL, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
/** snappy-java's own block size. */
const XERIAL_BLOCK_BYTES = 32 * 1024;

async function compressXerial(buffer: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [XERIAL_HEADER];
  for (let at = 0; at < buffer.length; at += XERIAL_BLOCK_BYTES) {
    const block = await snappy.compress(buffer.subarray(at, at + XERIAL_BLOCK_BYTES));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

/** librdkafka writes plain snappy, Java the xerial frame: both are read. */
async function decompressSnappy(buffer: Buffer): Promise<Buffer> {
  const blocks = buffer.subarray(0, 8).equals(XERIAL) ? xerialBlocks(buffer) : [buffer];
  refuseAbove(blocks.reduce((sum, block) => sum + snappyLength(block), 0));
  return Buffer.concat(await Promise.all(blocks.map(async (block) => (await snappy.uncompress(block)) as Buffer)));
}

function xerialBlocks(buffer: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER.length; at < buffer.length;) {
    const length = buffer.readInt32BE(at);
    blocks.push(buffer.subarray(at + 4, at + 4 + length));
    at += 4 + Math.max(0, length);
  }
  return blocks;
}

/** The unpacked length stands first, as a varint of 32 bits at most (google/snappy, format_description.txt). */
function snappyLength(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i] ?? 0;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) break;
  }
  return length;
}

/* ---- LZ4 frames (lz4/doc/lz4_Frame_format.md). The library unpacks without a limit, so the limit is found before. ---- */

/** At most what a frame can unpack to: its blocks, each of the greatest size that its header allows. */
function lz4FrameBound(frame: Buffer): number {
  const flags = frame[4] ?? 0;
  const blockBytes = 2 ** (8 + 2 * (((frame[5] ?? 0) >> 4) & 7));
  const checksumBytes = flags & 0x10 ? 4 : 0;
  let at = 7 + (flags & 0x08 ? 8 : 0) + (flags & 0x01 ? 4 : 0);
  let bound = 0;
  while (at + 4 <= frame.length) {
    const word = frame.readUInt32LE(at);
    if (word === 0) break;
    const length = word & 0x7fffffff;
    // A block that is stored as it is takes what it has; a packed one at most 255 times that (the format's best ratio).
    bound += word >>> 31 === 1 ? length : Math.min(blockBytes, length * 255);
    at += 4 + length + checksumBytes;
  }
  return bound;
}

function refuseAbove(bytes: number): void {
  if (bytes <= MAX_UNPACKED_BYTES) return;
  throw new RangeError(`A compressed batch would unpack to ${bytes} bytes; at most ${MAX_UNPACKED_BYTES} are read.`);
}
