import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fingerprint, normalise } from './fingerprint.js';

const of = (message: string, more: { contract?: string; code?: string; name?: string; stack?: string } = {}): string =>
  fingerprint(more.contract ?? 'math.add', {
    code: more.code ?? 'HANDLER_FAILED',
    name: more.name ?? 'Error',
    message,
    ...(more.stack === undefined ? {} : { stack: more.stack }),
  });

const at = (file: string, fn: string, line: number): { stack: string } => ({
  stack: `Error: x\n    at read (node:fs:1:1)\n    at ${fn} (/${file}.js:${line}:1)`,
});

/** What a program puts into its messages, two of a kind at a time. */
const text = (length: number, letters: string): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...letters), minLength: length, maxLength: length });
const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  whole: fc.nat().map(String),
  decimal: fc.double({ min: 0.001, max: 1e6, noNaN: true }).map((n) => n.toFixed(3)),
  time: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }).map((date) => date.toISOString()),
  uuid: fc.uuid(),
  'object id': text(23, '0123456789abcdef').map((hex) => `7${hex}`),
  'short hash': text(6, '0123456789abcdef').map((hex) => `4${hex}`),
  hexadecimal: text(5, '0123456789abcdefABCDEF').map((hex) => `0x${hex}`),
  quoted: fc.string().map((inner) => `"${inner.replaceAll('"', '')}"`),
  path: fc.array(text(4, 'abc-_.'), { minLength: 2, maxLength: 5 }).map((parts) => `/${parts.join('/')}`),
  'e-mail': fc.tuple(text(5, 'abc.'), text(4, 'xyz')).map(([who, host]) => `${who}@${host}.example`),
  URL: fc.tuple(fc.domain(), text(5, 'abc?=&/')).map(([host, rest]) => `https://${host}/${rest}`),
  address: fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([ip, port]) => `${ip}:${port}`),
};

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

  test.each(Object.keys(values))('does not depend on any %s in a message', (kind) => {
    const words = fc.array(fc.constantFrom('no', 'order', 'of', 'user', 'after', 'ms'), { minLength: 1, maxLength: 6 });
    const value = values[kind]!;
    fc.assert(
      fc.property(words, words, value, value, (before, after, a, b) => {
        const message = (what: string): string => [...before, what, ...after].join(' ');
        expect(normalise(message(a))).toBe(normalise(message(b)));
      }),
    );
  });

  test('does not depend on where a long message is cut', () => {
    const message = (id: string): string => `no order ${id} `.repeat(100);
    expect(of(message('1'))).toBe(of(message('1234567890')));
  });

  test('names the place in the user’s code, wherever that lies, whatever the line', () => {
    const here = of('x', at('srv/app/resize', 'resize', 12));
    expect(of('x', at('home/me/resize', 'resize', 40))).toBe(here);
    const elsewhere = [at('srv/app/resize', 'other', 12), at('srv/app/other', 'resize', 12), {}];
    expect(elsewhere.map((place) => of('x', place) === here)).toEqual([false, false, false]);
  });

  test('takes no time to speak of for any message', () => {
    const units = ['a', '"', "'", '`', '/', '@', 'a1', '_', '.', '0x', ':', '://', '-', ' ', '\n', '😀'];
    const startedMs = performance.now();
    for (const a of units) for (const b of units) for (const c of units) of((a + b + c).repeat(2_000));
    expect((performance.now() - startedMs) / units.length ** 3).toBeLessThan(10); // milliseconds; quadratic ones take hundreds
  });

  test('is twelve hex digits of any message, also a long one', () => {
    fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (message) => /^[0-9a-f]{12}$/.test(of(message))));
    expect(of('a/'.repeat(1_000_000))).toMatch(/^[0-9a-f]{12}$/);
  });
});
