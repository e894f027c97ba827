import { describe, expect, it } from '@jest/globals';
import type { Circuit } from '@sunbeon/core/breaker';
import fc from 'fast-check';
import { circuitRecord, keyText, parseKey, readCircuit, readWish, wishRecord } from './control-records.js';

const OPEN: Circuit = {
  state: 'open',
  epoch: 3,
  sinceMs: 1_000,
  untilMs: 31_000,
  reason: '60 of 100 attempts failed within 60 s',
  by: 'consumer/1a2b3c4d',
  trips: 2,
};

describe('the records of the control topic', () => {
  it('say in JSON what holds for a queue, and are read back as they were', () => {
    const record = circuitRecord('p.sunbeon.control', 'flown.stats', OPEN);
    expect([record.topic, record.partition, record.key]).toEqual(['p.sunbeon.control', 0, 'queue/flown.stats']);
    expect(JSON.parse(String(record.value))).toEqual({
      state: 'open',
      epoch: 3,
      since: 1_000,
      until: 31_000,
      reason: OPEN.reason,
      by: OPEN.by,
      trips: 2,
    });
    expect(readCircuit(record.value)).toEqual(OPEN);
    const wish = { state: 'paused', atMs: 5, reason: 'the bank is closed', by: 'ana' } as const;
    expect(readWish(wishRecord('t', 'q', wish).value)).toEqual(wish);
  });

  it('have keys that tell a breaker from a person', () => {
    for (const key of [{ queue: 'a.b', of: 'breaker' } as const, { queue: 'a.b', of: 'person' } as const])
      expect(parseKey(Buffer.from(keyText(key)))).toEqual(key);
    expect([null, 'queue/', 'limit/x', 'queue/a b', 'queue/a/other'].map((key) => parseKey(key === null ? null : Buffer.from(key)))).toEqual(Array(5).fill(undefined)); // prettier-ignore
  });

  it('hold nothing when they are deleted', () => {
    expect([readCircuit(null).state, readWish(null).state]).toEqual(['closed', 'released']);
  });

  it.each([
    ['', 'it is no JSON'],
    ['null', 'it is no JSON object'],
    ['{}', 'its state is undefined'],
    ['{"state":"ajar"}', 'its state is ajar'],
    ['{"state":"open","epoch":-1,"since":1,"until":2,"trips":1}', 'its epoch is -1'],
    ['{"state":"open","epoch":1,"since":"x","until":2,"trips":1}', 'its since is x'],
    ['{"state":"open","epoch":1,"since":1,"until":1e300,"trips":1}', 'its until is 1e+300'],
  ])('are refused as %j', (text, why) => {
    expect(() => readCircuit(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'RECORD_UNREADABLE' }));
    expect(() => readCircuit(Buffer.from(text))).toThrow(why);
  });

  it('never break who reads them, and hold no more text than a person reads', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          for (const read of [readCircuit, readWish]) {
            try {
              read(Buffer.from(bytes));
            } catch (error) {
              expect(error).toMatchObject({ code: 'RECORD_UNREADABLE' });
            }
          }
        },
      ),
    );
    const long = { ...OPEN, reason: 'x'.repeat(1e6), by: 7 as unknown as string };
    expect(readCircuit(circuitRecord('t', 'q', long).value)).toMatchObject({ reason: 'x'.repeat(500), by: '' });
  });
});
