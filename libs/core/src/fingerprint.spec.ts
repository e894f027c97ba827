import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fingerprint } from './fingerprint.js';

const of = (message: string, more: { contract?: string; code?: string; name?: string } = {}): string =>
  fingerprint(more.contract ?? 'math.add', {
    code: more.code ?? 'HANDLER_FAILED',
    name: more.name ?? 'Error',
    message,
  });

describe('fingerprint', () => {
  test.each([
    ['numbers', 'took 30 ms', 'took 4.5 ms'],
    ['addresses', 'connect ECONNREFUSED 127.0.0.1:9092', 'connect ECONNREFUSED 10.0.12.7:19092'],
    ['UUIDs', 'no order 017f22e2-79b0-7cc3-98c4-dc0c0c07398f', 'no order 919108f7-52d1-4320-9bac-f847db4148a8'],
    ['object ids', 'no user 507f1f77bcf86cd799439011', 'no user 60c72b2f9b1e8a001c8e4d3a'],
    ['hashes', 'bad digest a94a8fe5ccb19ba61c4c', 'bad digest e5e9fa1ba31ecd1ae84f'],
    ['hexadecimal', 'at 0xdeadbeef', 'at 0xCAFE'],
    ['quoted values', 'unknown airport "ICN"', 'unknown airport "JFK"'],
    ['quoted values, single', "unknown airport 'ICN'", "unknown airport 'JFK'"],
    ['paths', 'ENOENT /data/in/a.jpg', 'ENOENT /var/tmp/x/b.png'],
  ])('is the same when only %s differ', (_what, a, b) => {
    expect(of(a)).toBe(of(b));
  });

  test.each([
    ['the words', of('disk full'), of('disk gone')],
    ['the words between two apostrophes', of("can't read it, it's gone"), of("can't write it, it's gone")],
    ['the words before an apostrophe', of("can't read cats' food"), of("can't eat cats' food")],
    ['the contract', of('x'), of('x', { contract: 'math.sub' })],
    ['the code', of('x'), of('x', { code: 'PAYLOAD_INVALID' })],
    ['the class', of('x'), of('x', { name: 'TypeError' })],
  ])('differs when %s differ', (_what, a, b) => {
    expect(a).not.toBe(b);
  });

  test('is twelve hex digits of any message, also a long one', () => {
    fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (message) => /^[0-9a-f]{12}$/.test(of(message))));
    expect(of('a/'.repeat(1_000_000))).toMatch(/^[0-9a-f]{12}$/);
  });
});
