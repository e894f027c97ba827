import { describe, expect, it } from '@jest/globals';
import { HEADER } from '@sunbeon/core/headers';
import type { IncomingRecord } from '@sunbeon/core/ports';
import fc from 'fast-check';
import { attemptsOf, contractOf, errorOf, fingerprintOf, idOf } from './buried-facts.js';
import { type DlqFilter, matcher } from './dlq-filter.js';
import { incoming } from './rig.fake.js';

const history = (...attempts: number[]): string =>
  JSON.stringify(attempts.map((attempt) => ({ attempt, atMs: 1, by: 'b', code: 'C', name: 'N', message: 'm' })));

/** Few values of each kind, so that filters meet records. */
const word = fc.constantFrom('a', 'b', 'ab', '');
const error = fc.constantFrom('HANDLER_FAILED', 'TypeError', 'java.lang.TypeError', 'Type');
const headerArb = fc.record(
  {
    [HEADER.type]: word.map((text) => Buffer.from(text)),
    [HEADER.id]: fc.constantFrom('x', 'y').map((text) => Buffer.from(text)),
    [HEADER.attempt]: fc.constantFrom('1', '3', 'many').map((text) => Buffer.from(text)),
    [HEADER.history]: fc.constantFrom(history(1, 2), history(4), 'no JSON').map((text) => Buffer.from(text)),
    [HEADER.errorCode]: error.map((text) => Buffer.from(text)),
    [HEADER.dltErrorName]: error.map((text) => Buffer.from(text)),
    [HEADER.fingerprint]: fc.constantFrom('f1', 'f2').map((text) => Buffer.from(text)),
    mine: fc.oneof(word.map((text) => Buffer.from(text)), fc.array(word.map((text) => Buffer.from(text)), { maxLength: 3 })), // prettier-ignore
  },
  { requiredKeys: [] },
);
const recordArb: fc.Arbitrary<IncomingRecord> = fc
  .record({
    key: fc.option(word.map((text) => Buffer.from(text))),
    headers: headerArb,
    timestampMs: fc.integer({ min: 0, max: 5 }),
  })
  .map((some) => incoming({ topic: 'math.dlq', ...some }));
const filterArb: fc.Arbitrary<DlqFilter> = fc.record(
  {
    contract: word,
    error,
    fingerprint: fc.constantFrom('f1', 'f2'),
    key: word,
    id: fc.constantFrom('x', 'y'),
    attempts: fc.constantFrom({ min: 2 }, { min: 1, max: 1 }, { min: 2, max: 4 }),
    header: fc.record({ name: fc.constantFrom('mine', 'other'), value: word }, { requiredKeys: ['name'] }),
    sinceMs: fc.integer({ min: 0, max: 5 }),
    untilMs: fc.integer({ min: 0, max: 5 }),
  },
  { requiredKeys: [] },
);

/** The same said plainly, one field at a time. */
function isMeant(filter: DlqFilter, record: IncomingRecord): boolean {
  const { code, name } = errorOf(record);
  const mine = [record.headers[filter.header?.name ?? '']].flat().filter((one) => one !== undefined);
  const holds: Record<keyof DlqFilter, () => boolean> = {
    contract: () => contractOf(record) === filter.contract,
    error: () => [code, name, name.split('.').at(-1)].includes(filter.error),
    fingerprint: () => fingerprintOf(record) === filter.fingerprint,
    key: () => record.key?.toString() === filter.key,
    id: () => idOf(record) === filter.id,
    attempts: () => attemptsOf(record) >= filter.attempts!.min && attemptsOf(record) <= (filter.attempts!.max ?? 99),
    header: () => filter.header!.value === undefined ? filter.header!.name in record.headers : mine.some((one) => one.toString() === filter.header!.value), // prettier-ignore
    sinceMs: () => record.timestampMs >= filter.sinceMs!,
    untilMs: () => record.timestampMs < filter.untilMs!,
  };
  return (Object.keys(filter) as (keyof DlqFilter)[]).every((field) => holds[field]());
}

describe('a filter', () => {
  it('means the records to which all that it says applies', () => {
    fc.assert(
      fc.property(filterArb, recordArb, (filter, record) => matcher(filter)(record) === isMeant(filter, record)),
      { numRuns: 3_000 },
    );
  });

  it('that says nothing means all', () => {
    fc.assert(fc.property(recordArb, (record) => matcher({})(record)));
  });

  it('only narrows: what is said in addition leaves records away', () => {
    fc.assert(
      fc.property(filterArb, filterArb, recordArb, (one, more, record) => {
        const both = matcher({ ...more, ...one })(record);
        return !both || matcher(one)(record);
      }),
    );
  });

  it('compares keys and headers byte by byte, and counts a header without a value as an empty one', () => {
    const headers = { bytes: Buffer.from([0xff]), none: null as unknown as Buffer };
    const record = incoming({ key: Buffer.from([0xff]), headers });
    expect(matcher({ key: '\ufffd' })(record)).toBe(false);
    expect(matcher({ header: { name: 'bytes', value: '\ufffd' } })(record)).toBe(false);
    expect(matcher({ header: { name: 'none' } })(record)).toBe(true);
    expect(matcher({ header: { name: 'none', value: '' } })(record)).toBe(true);
    expect(matcher({ header: { name: 'toString' } })(record)).toBe(false);
  });

  it.each([
    [{ contrat: 'x' }, 'OPTION_UNKNOWN', 'Did you mean "contract"?'],
    [{ attempts: { least: 1 } }, 'OPTION_UNKNOWN', 'filter.attempts'],
    [{ header: { name: 'x', valu: 'y' } }, 'OPTION_UNKNOWN', 'Did you mean "value"?'],
    [{ contract: 7 }, 'OPTION_INVALID', 'filter.contract got 7.'],
    [{ sinceMs: NaN }, 'OPTION_INVALID', 'filter.sinceMs'],
    [{ untilMs: '10m' }, 'OPTION_INVALID', 'filter.untilMs got "10m".'],
    [{ attempts: { min: 0 } }, 'OPTION_INVALID', 'filter.attempts got {"min":0}.'],
    [{ attempts: { min: 3, max: 2 } }, 'OPTION_INVALID', 'filter.attempts'],
    [{ header: { name: '' } }, 'OPTION_INVALID', 'filter.header'],
  ])('%j is refused', (filter, code, words) => {
    expect(() => matcher(filter as DlqFilter)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(words) }),
    );
  });
});
