import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from './decide.js';
import { toFailure, SunbeonError } from './errors.js';
import type { Outcome, Verdict } from './outcome.js';
import { MAX_DELAY_MS } from './policy.js';

const NOW = 1_700_000_000_000;
const oops = toFailure(new TypeError('oops'));
const hopeless = toFailure(new SunbeonError('PAYLOAD_INVALID', 'no'));
const asked = (delayMs?: number): Outcome => ({ kind: 'retry', delayMs, error: oops });

type Row = readonly [what: string, outcome: Outcome, attempt: number, delaysMs: number[], verdict: Verdict];

// prettier-ignore
const table: Row[] = [
  ['done is finished with its output',        { kind: 'done', output: 5 },                1, [10],     { kind: 'finish', output: 5 }],
  ['done without output too',                 { kind: 'done', output: null },             1, [],       { kind: 'finish', output: null }],
  ['done on the last attempt too',            { kind: 'done', output: 5 },                9, [10],     { kind: 'finish', output: 5 }],
  ['drop is dropped with its reason',         { kind: 'drop', reason: 'old' },            1, [10],     { kind: 'drop', reason: 'old' }],
  ['bury is buried, attempts left or not',    { kind: 'bury', error: oops },              1, [10, 20], { kind: 'bury', error: oops }],
  ['unreadable is buried at once',            { kind: 'unreadable', error: oops },        1, [10, 20], { kind: 'bury', error: oops }],
  ['unavailable decides nothing',             { kind: 'unavailable', error: oops },       1, [10],     { kind: 'hold', error: oops }],
  ['unavailable uses up no attempt',          { kind: 'unavailable', error: oops },       9, [10],     { kind: 'hold', error: oops }],
  ['failed waits the first delay',            { kind: 'failed', error: oops },            1, [10, 20], { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['failed again waits the second',           { kind: 'failed', error: oops },            2, [10, 20], { kind: 'retry', atMs: NOW + 20, error: oops }],
  ['failed for the last time is buried',      { kind: 'failed', error: oops },            3, [10, 20], { kind: 'bury', error: oops }],
  ['failed beyond the last is buried',        { kind: 'failed', error: oops },            7, [10, 20], { kind: 'bury', error: oops }],
  ['failed without a policy is buried',       { kind: 'failed', error: oops },            1, [],       { kind: 'bury', error: oops }],
  ['what no retry can help is buried',        { kind: 'failed', error: hopeless },        1, [10, 20], { kind: 'bury', error: hopeless }],
  ['retry without a delay: the policy’s',     asked(),                                    1, [10, 20], { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['retry with a delay: its own',             asked(77),                                  1, [10, 20], { kind: 'retry', atMs: NOW + 77, error: oops }],
  ['retry now',                               asked(0),                                   2, [10, 20], { kind: 'retry', atMs: NOW, error: oops }],
  ['retry counts as an attempt',              asked(77),                                  3, [10, 20], { kind: 'bury', error: oops }],
  ['a fraction of a millisecond is rounded',  asked(0.4),                                 1, [10],     { kind: 'retry', atMs: NOW + 1, error: oops }],
  ['NaN is no delay',                         asked(NaN),                                 1, [10],     { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['a negative delay is none',                asked(-5),                                  1, [10],     { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['a bigint is no delay',                    asked(5n as never),                         1, [10],     { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['for ever is no delay',                    asked(Infinity),                            1, [10],     { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['a year is cut to what a topic keeps',     asked(365 * 86_400_000),                    1, [10],     { kind: 'retry', atMs: NOW + MAX_DELAY_MS, error: oops }],
];

describe('decide', () => {
  test.each(table)('%s', (_what, outcome, attempt, delaysMs, verdict) => {
    expect(decide(outcome, attempt, { delaysMs }, NOW)).toEqual(verdict);
  });

  test('a message that always fails gets exactly one attempt more than there are delays', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1e9 }), { maxLength: 20 }), (delaysMs) => {
        let attempt = 1;
        while (decide({ kind: 'failed', error: oops }, attempt, { delaysMs }, NOW).kind === 'retry') attempt++;
        return attempt === delaysMs.length + 1;
      }),
    );
  });

  test('a retry is a whole moment, never in the past', () => {
    fc.assert(
      fc.property(fc.double(), (delayMs) => {
        const verdict = decide(asked(delayMs), 1, { delaysMs: [10] }, NOW);
        return verdict.kind === 'retry' && Number.isSafeInteger(verdict.atMs) && verdict.atMs >= NOW;
      }),
    );
  });
});
