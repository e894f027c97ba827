import { describe, expect, test } from '@jest/globals';
import { type HoldOptions } from './hold.js';
import { type PolicyOptions, policyOf } from './policy.js';

const DAY = 86_400_000;
const of = (options: PolicyOptions, base: PolicyOptions = {}) => policyOf(options, policyOf(base, {}, 'contract'), 'task "t"').hold; // prettier-ignore

describe('hold', () => {
  // prettier-ignore
  test.each<[string, PolicyOptions, PolicyOptions, object | undefined]>([
    ['is on where there is an order',          {},                              {},                        { maxMs: DAY, maxBehind: 1_000, then: 'release' }],
    ['keeps its defaults',                     { hold: { maxBehind: 5 } },      {},                        { maxMs: DAY, maxBehind: 5, then: 'release' }],
    ['is off where there is none',             { order: 'none' },               {},                        undefined],
    ['is off when so said',                    { hold: false },                 {},                        undefined],
    ['stays as the contract has it',           {},                              { hold: { maxMs: 7 } },    { maxMs: 7, maxBehind: 1_000, then: 'release' }],
    ['stays off as the contract has it',       {},                              { hold: false },           undefined],
    ['is on again when a handler says so',     { hold: { then: 'bury' } },      { hold: false },           { maxMs: DAY, maxBehind: 1_000, then: 'bury' }],
    ['is as the contract has it but for what is said', { hold: { maxMs: 8 } }, { hold: { maxMs: 7, then: 'bury' } }, { maxMs: 8, maxBehind: 1_000, then: 'bury' }],
    ['comes with the order of a handler',      { order: 'partition' },          { order: 'none' },         { maxMs: DAY, maxBehind: 1_000, then: 'release' }],
    ['goes with it',                           { order: 'none' },               { hold: { maxMs: 7 } },    undefined],
  ])('%s', (_what, options, base, hold) => {
    expect(of(options, base)).toEqual(hold);
  });

  // prettier-ignore
  test.each<[unknown, string]>([
    [{ maxMs: 0 },          'task "t": hold.maxMs is 0. Give a whole number from 1'],
    [{ maxBehind: 1.5 },    'task "t": hold.maxBehind is 1.5.'],
    [{ then: 'drop' },      'task "t": hold.then is drop. Give \'release\' or \'bury\'.'],
    [{ maxWaiting: 5 },     'task "t": hold: nobody reads the option "maxWaiting".'],
    [5,                     'task "t": hold is 5.'],
  ])('%j is refused', (hold, message) => {
    expect(() => of({ hold: hold as HoldOptions })).toThrow(message);
  });
});
