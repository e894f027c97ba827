import { expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { ByteCounts } from './byte-counts.js';

const digestOf = (n: number): Buffer => createHash('sha1').update(String(n)).digest();

/** Notes, meets and takes of few digests, so that they hit one another; a bare map does the same. */
it('counts what is noted, met and taken, as a map would', () => {
  const operation = fc.tuple(fc.constantFrom('add', 'meet', 'take'), fc.nat(6));
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const counts = new ByteCounts();
      const model = new Map<number, { count: number; left: number }>();
      for (const [what, n] of operations) {
        const known = model.get(n) ?? { count: 0, left: 0 };
        model.set(n, known);
        const can = what === 'meet' ? known.left < known.count : known.left > 0;
        if (what === 'add') counts.add(digestOf(n));
        else if (what === 'meet') expect(counts.meet(digestOf(n))).toBe(can);
        else expect(counts.take(digestOf(n))).toBe(can);
        if (what === 'add') known.count += 1;
        else if (can) known.left += what === 'meet' ? 1 : -1;
      }
    }),
  );
});

it('keeps them apart while it grows, also those that begin alike', () => {
  const counts = new ByteCounts();
  const digests = Array.from({ length: 20_000 }, (_, n) => (n % 2 === 0 ? digestOf(n) : alike(n)));
  for (const [n, digest] of digests.entries()) {
    counts.add(digest);
    if (n % 3 === 0) counts.meet(digest);
  }
  expect(digests.filter((digest) => counts.take(digest))).toHaveLength(Math.ceil(digests.length / 3));
  expect(digests.some((digest) => counts.take(digest))).toBe(false);
});

function alike(n: number): Buffer {
  const digest = Buffer.alloc(16, 7);
  digest.writeUInt32LE(n, 12);
  return digest;
}
