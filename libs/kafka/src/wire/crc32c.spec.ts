import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRequire } from 'node:module';
import { crc32c } from './crc32c.js';

const kafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/crc32C') as (b: Buffer) => number;

it('is 0xe3069283 of the digits 1 to 9, as the catalogue of checksums has it', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

it('equals the byte-wise sum of any range', () => {
  const bytes = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(bytes, fc.nat(20), fc.nat(20), (array, front, back) => {
      const to = Math.max(front, array.length - back);
      expect(crc32c(array, front, Math.min(to, array.length))).toBe(
        kafkajs(Buffer.from(array.subarray(front, Math.min(to, array.length)))),
      );
    }),
  );
});
