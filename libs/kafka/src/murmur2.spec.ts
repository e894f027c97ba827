import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { murmur2, partitionOfKey } from './murmur2.js';

const kafkajs = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2') as (
  key: Buffer | string,
) => number;

it('gives the values that the tests of Kafka itself hold', () => {
  // Kafka, UtilsTest.testMurmur2
  const known = { '21': -973932308, foobar: -790332482, 'a-little-bit-long-string': -985981536 };
  for (const [text, hash] of Object.entries(known)) expect(murmur2(Buffer.from(text))).toBe(hash);
});

it('equals the hash of kafkajs for any key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (key) => expect(murmur2(key)).toBe(kafkajs(Buffer.from(key)))),
  );
});

it('takes text as UTF-8 and never gives a partition that is not there', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 1_000 }), (key, partitions) => {
      const partition = partitionOfKey(key, partitions);
      expect(partition).toBe(partitionOfKey(Buffer.from(key), partitions));
      expect(partition >= 0 && partition < partitions).toBe(true);
    }),
  );
});
