import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import lz4 from 'lz4-napi';
import snappy from 'snappy';
import { CODECS, compressionType, MAX_UNPACKED_BYTES, registerCodecs } from './codecs.js';

const names = Object.keys(CODECS) as (keyof typeof CODECS)[];
const samples = [Buffer.alloc(0), Buffer.from('순번'), randomBytes(200_000), Buffer.alloc(1_000_000, 'sunbeon ')];

describe.each(names)('%s', (name) => {
  it('gives back what it packed', async () => {
    for (const buffer of samples) {
      const packed = await CODECS[name].compress({ buffer });
      expect((await CODECS[name].decompress(packed)).equals(buffer)).toBe(true);
    }
  });

  it('makes repeated text smaller', async () => {
    expect((await CODECS[name].compress({ buffer: samples[3]! })).length).toBeLessThan(100_000);
  });

  // By name: the RangeError of node:zlib is of another realm than a test file's.
  it('refuses to unpack more than the limit', async () => {
    const packed = await CODECS[name].compress({ buffer: Buffer.alloc(MAX_UNPACKED_BYTES + 1024 * 1024) });
    await expect(CODECS[name].decompress(packed)).rejects.toMatchObject({ name: 'RangeError' });
  });
});

describe('frames of other clients', () => {
  it('reads plain snappy, as librdkafka writes it', async () => {
    const plain = await snappy.compress(samples[3]!);
    expect((await CODECS.snappy.decompress(plain)).equals(samples[3]!)).toBe(true);
  });

  it('writes the header of snappy-java', async () => {
    const packed = await CODECS.snappy.compress({ buffer: samples[1]! });
    expect(packed.subarray(0, 16).toString('hex')).toBe('82534e41505059000000000100000001');
  });

  it('reads lz4 frames with checksums', async () => {
    const packed = await lz4.compressFrame(samples[2]!, { blockChecksums: true, contentChecksum: true });
    expect((await CODECS.lz4.decompress(packed)).equals(samples[2]!)).toBe(true);
  });
});

describe('registration', () => {
  it('puts each codec under its number on the wire', () => {
    const registry: Record<number, unknown> = {};
    registerCodecs(registry);
    expect(Object.keys(registry)).toEqual(['1', '2', '3', '4']);
    expect((registry[compressionType('zstd')] as () => unknown)()).toBe(CODECS.zstd);
    expect(compressionType(undefined)).toBe(0);
  });
});
