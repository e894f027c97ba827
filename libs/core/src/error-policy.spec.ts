import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decide } from './decide.js';
import { DEFAULT_ON_ERROR, describeOnError, type ErrorPolicy, onErrorOf } from './error-policy.js';
import { type Failure, SunbeonError, toFailure } from './errors.js';

class Gone extends Error {}
class Slow extends Error {}
class Slower extends Slow {}
const invalid = toFailure(new SunbeonError('PAYLOAD_INVALID', 'no'));
const NOW = 1_000_000;

/** What each attempt in a row comes to, as text: `+10` = retry in 10 ms, `!ops` = ops are told. */
function course(policies: ErrorPolicy[], error: unknown, most = 12): string {
  const onError = onErrorOf(policies, 'spec');
  const failure = (error as Failure).code !== undefined ? (error as Failure) : toFailure(error);
  const words: string[] = [];
  for (let attempt = 1; attempt <= most; attempt++) {
    const nowMs = NOW + attempt * 100;
    const judged = { attempt, deadlineMs: undefined, retryingSinceMs: attempt === 1 ? undefined : NOW + 100 };
    const verdict = decide({ kind: 'failed', error: failure }, judged, { onError, nowMs, random: 0.5 });
    const told = (verdict.notify ?? []).map((channel) => `!${channel}`).join('');
    words.push(verdict.kind === 'retry' ? `+${verdict.atMs - nowMs}${told}` : `${'code' in verdict ? verdict.code : verdict.kind}${told}`); // prettier-ignore
    if (verdict.kind !== 'retry') break;
  }
  return words.join(' ');
}

describe('policies are read from left to right', () => {
  const twice: ErrorPolicy = { retry: { delaysMs: [10, 20] } };
  // prettier-ignore
  test.each<[string, ErrorPolicy[], unknown, string]>([
    ['nothing said: a person',               [],                                                         new Gone(),   'bury'],
    ['retry, then a person',                 [twice],                                                    new Gone(),   '+10 +20 bury'],
    ['ignore all',                           [{ ignore: true }],                                         new Gone(),   'IGNORED'],
    ['ignore these',                         [{ ignore: true, on: [Gone] }],                             new Gone(),   'IGNORED'],
    ['ignore others',                        [{ ignore: true, on: [Gone] }],                             new Slow(),   'bury'],
    ['ignore all but these',                 [{ ignore: true, except: [Slow] }],                         new Slower(), 'bury'],
    ['ignore when out of attempts',          [twice, { ignore: true }],                                  new Gone(),   '+10 +20 IGNORED'],
    ['a person at once',                     [{ human: true, on: [Gone] }, twice],                       new Gone(),   'bury'],
    ['others are retried',                   [{ human: true, on: [Gone] }, twice],                       new Slow(),   '+10 +20 bury'],
    ['told each time',                       [{ notify: 'ops' }, twice],                                 new Gone(),   '+10!ops +20!ops bury!ops'],
    ['told at the end',                      [twice, { notify: 'ops' }],                                 new Gone(),   '+10 +20 bury!ops'],
    ['told before it is ignored',            [{ notify: ['ops', 'dev'] }, { ignore: true }],             new Gone(),   'IGNORED!ops!dev'],
    ['told once by a channel named twice',   [{ notify: 'ops' }, { notify: 'ops', on: [Gone] }],         new Gone(),   'bury!ops'],
    ['quick ones, tell, slow ones',          [twice, { notify: 'ops' }, { retry: { delaysMs: [90, 91] } }], new Gone(), '+10 +20 +90!ops +91!ops bury!ops'],
    ['by class: its own waits',              [{ retry: { delaysMs: [5], retryOn: [Slow] } }, twice],     new Gone(),   '+10 +20 bury'],
    ['by class: then those of all',          [{ retry: { delaysMs: [5], retryOn: [Slow] } }, twice],     new Slower(), '+5 +10 +20 bury'],
    ['never these',                          [{ retry: { delaysMs: [5], neverRetryOn: ['Slow'] } }],     new Slower(), 'bury'],
    ['by a function',                        [{ retry: { delaysMs: [5], retryOn: [(f) => f.message === 'x'] } }], new Gone('x'), '+5 bury'],
    ['the last wait again and again',        [{ retry: { delaysMs: [5, 6], maxAttempts: 5 } }],          new Gone(),   '+5 +6 +6 +6 bury'],
    ['drawn waits',                          [{ retry: { firstMs: 10, maxMs: 40, maxAttempts: 5 } }],    new Gone(),   '+10 +10 +20 +20 bury'],
    ['as long as there is time',             [{ retry: { firstMs: 20, factor: 1, jitter: 'none', maxTotalMs: 420 } }], new Gone(), '+20 +20 +20 +20 +20 bury'],
    ['a validation error is not retried',    [twice],                                                    invalid,      'bury'],
    ['but told',                             [twice, { notify: 'ops' }],                                 invalid,      'bury!ops'],
    ['and ignored if so said',               [twice, { ignore: true, on: ['PAYLOAD_INVALID'] }],         invalid,      'IGNORED'],
  ])('%s', (_what, policies, error, words) => {
    expect(course(policies, error)).toBe(words);
  });

  test('a list always comes to an end, and no attempt is made beyond the sum of its retries', () => {
    const which = fc.constantFrom<{ on?: never[] }>({}, { on: [Gone as never] }, { on: ['Slow' as never] });
    const step = fc.oneof(
      fc.record({ delaysMs: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }) }).map((retry) => ({ retry })), // prettier-ignore
      which.map((on) => ({ notify: 'ops', ...on })),
      which.map((on) => ({ ignore: true as const, ...on })),
      which.map((on) => ({ human: true as const, ...on })),
    );
    const list = fc.array(step, { maxLength: 6 });
    fc.assert(
      fc.property(list, fc.constantFrom(new Gone(), new Slow(), new Slower()), (policies, error) => {
        const words = (() => {
          try {
            return course(policies, error, 30);
          } catch (refusal) {
            expect((refusal as Error).message).toMatch(/can never be reached/);
            return 'bury';
          }
        })().split(' ');
        const retries = policies.reduce((sum, one) => sum + ('retry' in one ? one.retry.delaysMs.length : 0), 0);
        return words.length <= retries + 1 && /^(bury|IGNORED)/.test(words.at(-1)!);
      }),
    );
  });
});

describe('what is asked, buried or unreadable', () => {
  const onError = onErrorOf([{ notify: 'dev', on: ['Retry'] }, { retry: { delaysMs: [10], retryOn: [Slow] } }, { notify: 'ops' }, { ignore: true }], 'spec'); // prettier-ignore
  const error = toFailure(new Gone('x'));
  const judged = { attempt: 1, deadlineMs: undefined, retryingSinceMs: undefined };
  const by = { onError, nowMs: NOW, random: 0.5 };

  test('a retry that the handler asks for is made whatever the policy retries', () => {
    expect(decide({ kind: 'retry', delayMs: 3, error }, judged, by)).toEqual({ kind: 'retry', atMs: NOW + 3, error });
    expect(decide({ kind: 'retry', delayMs: 3, error }, { ...judged, attempt: 2 }, by)).toMatchObject({ code: 'IGNORED', notify: ['ops'] }); // prettier-ignore
  });

  test('a message that may be tried once more is not tried again, whatever the policy says', () => {
    const once = { ...judged, maxAttempts: 1 };
    expect(decide({ kind: 'retry', delayMs: 3, error }, once, by)).toMatchObject({ code: 'IGNORED' });
    expect(decide({ kind: 'retry', delayMs: 3, error }, { ...once, maxAttempts: 2 }, by)).toMatchObject({
      kind: 'retry',
    });
  });

  test.each(['bury', 'unreadable'] as const)(
    '%s is buried whatever the policy ignores, and people are told',
    (kind) => {
      expect(decide({ kind, error }, judged, by)).toEqual({ kind: 'bury', error, notify: ['ops'] });
    },
  );

  test('an ignored error does not outlive its deadline either', () => {
    const late = { ...judged, deadlineMs: NOW };
    expect(decide({ kind: 'failed', error }, late, by)).toMatchObject({ kind: 'drop', code: 'EXPIRED' });
  });
});

describe('what can never be reached is refused', () => {
  // prettier-ignore
  test.each<[string, unknown, string]>([
    ['behind a person',          [{ human: true }, { notify: 'ops' }],                                'onError[1] can never be reached: "human" before it takes every error'],
    ['behind ignore',            [{ ignore: true }, { retry: { delaysMs: [5] } }],                    'onError[1] can never be reached: "ignore" before it'],
    ['the same errors again',    [{ ignore: true, on: [Slow, 'A'] }, { human: true, on: ['A'] }],     'onError[1] can never be reached'],
    ['a subclass of them',       [{ ignore: true, on: [Slow] }, { human: true, on: [Slower] }],       'onError[1] can never be reached'],
    ['a retry of them',          [{ ignore: true, on: [Slow] }, { retry: { delaysMs: [5], retryOn: [Slower] } }], 'onError[1] can never be reached'],
    ['a retry without a retry',  [{ retry: { delaysMs: [] } }],                                       'onError[0] can never be reached: it has no retry to make'],
    ['a retry behind maxTotal',  [{ retry: { firstMs: 5, maxTotalMs: 50 } }, { retry: { delaysMs: [5] } }], 'maxTotalMs, and must be the last one'],
    ['a retry of what is never', [{ retry: { delaysMs: [5], retryOn: ['PAYLOAD_INVALID'] } }],        'onError[0].retry.retryOn can never be reached: PAYLOAD_INVALID is never retried'],
    ['on and except',            [{ ignore: true, on: [Slower], except: [Slow] }],                    'onError[0].on can never be reached: "except" has Slower too'],
    ['nothing',                  [{}],                                                                'onError[0] says nothing. Give one of retry, notify, ignore, human'],
    ['null',                     [null],                                                              'onError[0] says nothing.'],
    ['two at once',              [{ ignore: true, human: true }],                                     'onError[0] says ignore and human.'],
    ['half a yes',               [{ ignore: false }],                                                 'onError[0].ignore is false. Give true, or leave the policy out.'],
    ['a retry with on',          [{ retry: { delaysMs: [5] }, on: [Slow] }],                          'onError[0]: nobody reads the option "on".'],
    ['no channel',               [{ notify: [] }],                                                    'onError[0].notify is .'],
    ['no list',                  { retry: { delaysMs: [5] } },                                        'onError is no list.'],
    ['too many tiers together',  [{ retry: { delaysMs: [1, 2, 3, 4, 5], retryOn: ['A'] } }, { retry: { delaysMs: [6, 7, 8, 9] } }], 'onError has 9 distinct delays.'],
  ])('%s', (_what, policies, message) => {
    expect(() => onErrorOf(policies as ErrorPolicy[], 'task "t"')).toThrow(message);
  });

  test('what may still be reached is not', () => {
    const policies: ErrorPolicy[] = [{ ignore: true, on: [Slower] }, { human: true, on: [Slow] }, { ignore: true, on: [Error], except: [Gone] }, { human: true, on: [Gone] }]; // prettier-ignore
    expect(onErrorOf(policies, 'task "t"')).toHaveLength(4);
  });
});

test('a list is described as plain data', () => {
  const steps = onErrorOf([{ retry: { firstMs: 5, maxMs: 9, maxAttempts: 3, neverRetryOn: [Gone] } }, { notify: 'ops', except: ['A'] }, { ignore: true, on: [function odd() { return true; }] }], 'spec'); // prettier-ignore
  expect(JSON.parse(JSON.stringify(describeOnError(steps)))).toEqual([
    { retry: { delaysMs: [5, 9], jitter: 'full', maxAttempts: 3, neverRetryOn: ['Gone'] } },
    { notify: ['ops'], except: ['A'] },
    { ignore: true, on: ['odd()'] },
  ]);
  expect(describeOnError(DEFAULT_ON_ERROR)).toEqual([{ retry: { delaysMs: [1_000, 10_000, 60_000], maxAttempts: 4 } }]);
});
