/** Castagnoli's polynomial, bits reversed (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;
const SLICES = 16;

/** Table n tells what a byte does to the checksum when n bytes follow it. */
const TABLES = tables();

/**
 * CRC-32C of a range, as Kafka checks it in every record batch. Sixteen bytes per step ("slicing by 16"): Node has no native one
 * (`zlib.crc32` is another polynomial), and a byte per step, as kafkajs does it, is a tenth of the time of a produce.
 */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length): number {
  const t = TABLES;
  let crc = -1;
  let at = from;
  for (const end = to - 15; at < end; at += SLICES) {
    crc =
      t[0xf00 + (bytes[at]! ^ (crc & 0xff))]! ^
      t[0xe00 + (bytes[at + 1]! ^ ((crc >>> 8) & 0xff))]! ^
      t[0xd00 + (bytes[at + 2]! ^ ((crc >>> 16) & 0xff))]! ^
      t[0xc00 + (bytes[at + 3]! ^ (crc >>> 24))]! ^
      t[0xb00 + bytes[at + 4]!]! ^
      t[0xa00 + bytes[at + 5]!]! ^
      t[0x900 + bytes[at + 6]!]! ^
      t[0x800 + bytes[at + 7]!]! ^
      t[0x700 + bytes[at + 8]!]! ^
      t[0x600 + bytes[at + 9]!]! ^
      t[0x500 + bytes[at + 10]!]! ^
      t[0x400 + bytes[at + 11]!]! ^
      t[0x300 + bytes[at + 12]!]! ^
      t[0x200 + bytes[at + 13]!]! ^
      t[0x100 + bytes[at + 14]!]! ^
      t[bytes[at + 15]!]!;
  }
  for (; at < to; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}

function tables(): Int32Array {
  const all = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    all[byte] = crc;
  }
  for (let at = 256; at < all.length; at++) {
    const before = all[at - 256]!;
    all[at] = all[before & 0xff]! ^ (before >>> 8);
  }
  return all;
}
