import { describe, expect, it, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalText, dropped, failed, judgeShadow, type ShadowJudgement, type ShadowOutcome, succeeded } from './shadow.js'; // prettier-ignore

const error = (message: string, name = 'Error') => failed('a.b', { code: 'HANDLER_FAILED', name, message });

describe('what a message would become today, against what it became', () => {
  test.each<[ShadowOutcome | undefined, ShadowOutcome, ShadowJudgement]>([
    [succeeded('1'), succeeded('1'), 'same'],
    [succeeded('1'), succeeded('2'), 'different'],
    [succeeded('1'), dropped('no need'), 'different'],
    [succeeded('1'), error('away'), 'failed'],
    [dropped('no need'), dropped('none at all'), 'same'],
    [dropped('no need'), succeeded('1'), 'different'],
    [dropped('no need'), error('away'), 'failed'],
    [error('away since 5'), error('away since 6'), 'same'],
    [error('away'), error('away', 'TypeError'), 'different'],
    [error('away'), succeeded('1'), 'mended'],
    [error('away'), dropped('no need'), 'mended'],
    [undefined, succeeded('1'), 'unknown'],
    [undefined, dropped('no need'), 'unknown'],
    [undefined, error('away'), 'failed'],
  ])('%j, then %j: %s', (was, is, judgement) => {
    expect(judgeShadow(was, is)).toBe(judgement);
  });

  it('is small, however large the output', () => {
    expect(JSON.stringify(succeeded('x'.repeat(1_000_000))).length).toBeLessThan(500);
  });
});

describe('values as text', () => {
  it('are equal when their fields have another order, and when one is not there or undefined', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalText({ ...turned, gone: undefined })).toBe(canonicalText({ ...value, gone: undefined }));
      }),
    );
  });

  it('are equal as often as they are the same JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const isSame = canonicalText(one) === canonicalText(other);
        expect(isSame).toBe(canonicalText(JSON.parse(JSON.stringify(one))) === canonicalText(other));
      }),
    );
  });

  test.each([
    [1n, 1],
    [NaN, null],
    [Infinity, -Infinity],
    [Buffer.from('a'), 'YQ=='],
    [new Date(5), 5],
    [[undefined], []],
    [{ a: null }, {}],
  ])('%p is another one than %p', (one, other) => {
    expect(canonicalText(one)).not.toBe(canonicalText(other));
  });
});
