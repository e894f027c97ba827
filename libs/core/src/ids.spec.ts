import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { derivedId, timeOfId } from './ids.js';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });
const parts = fc.array(fc.string(), { minLength: 1, maxLength: 5 });

describe('derivedId', () => {
  test('is a UUIDv8 of the RFC’s variant (RFC 9562, sections 4.1, 4.2, 5.8), whatever the time', () => {
    fc.assert(
      fc.property(fc.oneof(time, fc.double(), fc.integer()), parts, (timeMs, list) => {
        expect(derivedId(timeMs, ...list)).toMatch(
          /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
        );
      }),
    );
  });

  test('is the same for the same parts and differs when any part or the time differs', () => {
    fc.assert(
      fc.property(time, parts, parts, (timeMs, a, b) => {
        expect(derivedId(timeMs, ...a)).toBe(derivedId(timeMs, ...a));
        expect(derivedId(timeMs, ...a) === derivedId(timeMs, ...b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
    );
    expect(derivedId(1, 'a')).not.toBe(derivedId(2, 'a'));
  });

  test('does not confuse parts that read alike when joined', () => {
    expect(
      new Set([derivedId(0, 'ab', 'c'), derivedId(0, 'a', 'bc'), derivedId(0, 'abc'), derivedId(0, '"a","bc"')]).size,
    ).toBe(4);
  });

  test('stays what it is: stored ids must not change with a release', () => {
    expect(derivedId(1_700_000_000_000, 'parent', 'math.add', 'call', '0')).toBe(
      '018bcfe5-6800-85f5-b67e-d87d97e173ca',
    );
  });

  test('sorts by time', () => {
    fc.assert(
      fc.property(time, time, parts, parts, (a, b, partsA, partsB) => {
        fc.pre(a < b);
        return derivedId(a, ...partsA) < derivedId(b, ...partsB);
      }),
    );
  });
});

describe('timeOfId', () => {
  test('reads the time of a derived id', () => {
    fc.assert(fc.property(time, parts, (timeMs, list) => timeOfId(derivedId(timeMs, ...list)) === timeMs));
  });

  test('reads the time of a UUIDv7: the example of RFC 9562, appendix A.6', () => {
    expect(timeOfId('017F22E2-79B0-7CC3-98C4-DC0C0C07398F')).toBe(Date.parse('2022-02-22T14:22:22-05:00'));
  });

  test.each(['', 'x', '919108f7-52d1-4320-9bac-f847db4148a8', '017F22E2-79B0-7CC3-98C4-DC0C0C07398F0'])(
    '"%s" has none',
    (id) => {
      expect(timeOfId(id)).toBeUndefined();
    },
  );

  test('never throws', () => {
    fc.assert(fc.property(fc.string(), (text) => timeOfId(text) === undefined));
  });
});
