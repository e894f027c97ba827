import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide as decideBy } from './decide.js';
import { type ErrorPolicy, onErrorOf } from './error-policy.js';
import { toFailure, SunbeonError } from './errors.js';
import type { Outcome, Verdict } from './outcome.js';
import type { Judged } from './on-error.js';
import { MAX_DELAY_MS } from './retry.js';

const NOW = 1_700_000_000_000;
const oops = toFailure(new TypeError('oops'));
const hopeless = toFailure(new SunbeonError('PAYLOAD_INVALID', 'no'));
const asked = (delayMs?: number): Outcome => ({ kind: 'retry', delayMs, error: oops });

/** One retry with these waits, or the policies given. */
function decide(
  outcome: Outcome,
  message: Partial<Judged>,
  retry: { delaysMs: number[] } | ErrorPolicy[],
  nowMs: number,
): Verdict {
  // prettier-ignore
  const policies = Array.isArray(retry) ? retry : retry.delaysMs.length > 0 ? [{ retry }] : [];
  const judged = { attempt: 1, deadlineMs: undefined, retryingSinceMs: undefined, ...message };
  return decideBy(outcome, judged, { onError: onErrorOf(policies, 'spec'), nowMs, random: 0.5 });
}

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

const tooLate = (why: string): Verdict => ({ kind: 'drop', code: 'EXPIRED', reason: expect.stringContaining(why) as unknown as string }); // prettier-ignore
const last = 'TypeError: oops';

/** The same with a deadline so many milliseconds from now. */
// prettier-ignore
const deadlines: [what: string, outcome: Outcome, attempt: number, deadlineMs: number, verdict: Verdict][] = [
  ['expired is dropped as such',                           { kind: 'expired' },                1, -1, tooLate('could be run')],
  ['what is done is done, however late',                   { kind: 'done', output: 5 },        1, -1, { kind: 'finish', output: 5 }],
  ['what the handler drops it drops',                      { kind: 'drop', reason: 'old' },    1, -1, { kind: 'drop', reason: 'old' }],
  ['what it buries it buries',                             { kind: 'bury', error: oops },      1, -1, { kind: 'bury', error: oops }],
  ['what is away may come back in time',                   { kind: 'unavailable', error: oops }, 1, 1, { kind: 'hold', error: oops }],
  ['a retry before it is made',                            { kind: 'failed', error: oops },    1, 11, { kind: 'retry', atMs: NOW + 10, error: oops }],
  ['a retry at it is not',                                 { kind: 'failed', error: oops },    1, 10, tooLate(last)],
  ['nor one that the handler asks for',                    asked(10),                          1, 10, tooLate(last)],
  ['one that the handler asks for sooner is',              asked(5),                           1, 10, { kind: 'retry', atMs: NOW + 5, error: oops }],
  ['out of attempts before it: a person may still help',   { kind: 'failed', error: oops },    2, 10, { kind: 'bury', error: oops }],
  ['out of attempts after it: nobody waits any more',      { kind: 'failed', error: oops },    2, 0,  tooLate(last)],
  ['what no retry can help is buried all the same',        { kind: 'failed', error: hopeless }, 1, -1, { kind: 'bury', error: hopeless }],
];

describe('decide', () => {
  test.each([
    ['a retry within what its lane waits is made', 90, { kind: 'retry', atMs: NOW + 10, error: oops }],
    ['one beyond it is not', 91, { kind: 'bury', error: oops }],
  ])('where a lane waits: %s', (_what, sinceMs, verdict) => {
    const message = { attempt: 2, deadlineMs: undefined, retryingSinceMs: NOW - sinceMs };
    const onError = onErrorOf([{ retry: { delaysMs: [10, 10] } }], 'spec');
    expect(decideBy({ kind: 'failed', error: oops }, message, { onError, nowMs: NOW, holdMs: 100, random: 0.5 })).toEqual(verdict); // prettier-ignore
  });

  test.each(deadlines)('with a deadline: %s', (_what, outcome, attempt, inMs, verdict) => {
    expect(decide(outcome, { attempt, deadlineMs: NOW + inMs }, { delaysMs: [10] }, NOW)).toEqual(verdict);
  });

  test('no retry is ever at its deadline or later', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 1_000 }), fc.double(), (inMs, delayMs) => {
        const verdict = decide(asked(delayMs), { attempt: 1, deadlineMs: NOW + inMs }, { delaysMs: [10] }, NOW);
        return verdict.kind === 'retry' ? verdict.atMs < NOW + inMs : verdict.kind === 'drop';
      }),
    );
  });

  test.each(table)('%s', (_what, outcome, attempt, delaysMs, verdict) => {
    expect(decide(outcome, { attempt, deadlineMs: undefined }, { delaysMs }, NOW)).toEqual(verdict);
  });

  test('a message that always fails gets exactly one attempt more than there are delays', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 20 }), (delaysMs) => {
        let attempt = 1;
        while (
          decide({ kind: 'failed', error: oops }, { attempt, deadlineMs: undefined }, { delaysMs }, NOW).kind ===
          'retry'
        )
          attempt++;
        return attempt === delaysMs.length + 1;
      }),
    );
  });

  test('a retry is a whole moment, never in the past', () => {
    fc.assert(
      fc.property(fc.double(), (delayMs) => {
        const verdict = decide(asked(delayMs), { attempt: 1, deadlineMs: undefined }, { delaysMs: [10] }, NOW);
        return verdict.kind === 'retry' && Number.isSafeInteger(verdict.atMs) && verdict.atMs >= NOW;
      }),
    );
  });
});
