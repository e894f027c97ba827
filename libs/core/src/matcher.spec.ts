import { describe, expect, test } from '@jest/globals';
import { SunbeonError, toFailure } from './errors.js';
import { KINDS } from './kinds.js';
import { covers, type ErrorMatcher, isMeant } from './matcher.js';

class HttpError extends Error {}
class NotFound extends HttpError {
  readonly code = 'E_GONE';
}
const refused = new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code: 'ECONNREFUSED' }) });
const renamed = Object.assign(new Error('late'), { name: 'TimeoutError' });
const fromThread = Object.assign(new Error('far'), { [KINDS]: ['Far', 'HttpError'] });
const circular = new Error('round');
circular.cause = circular;

describe('isMeant', () => {
  // prettier-ignore
  test.each<[string, unknown, ErrorMatcher, boolean]>([
    ['its class',                        new NotFound('x'), NotFound,       true],
    ['a class that it extends',          new NotFound('x'), HttpError,      true],
    ['the root of all',                  new NotFound('x'), Error,          true],
    ['not a class that extends it',      new HttpError('x'), NotFound,      false],
    ['not another class',                new NotFound('x'), TypeError,      false],
    ['a class by name',                  new NotFound('x'), 'HttpError',    true],
    ['its own code',                     new NotFound('x'), 'E_GONE',       true],
    ['a code of its cause',              refused,           'ECONNREFUSED', true],
    ['its own name',                     renamed,           'TimeoutError', true],
    ['what a thread says of it',         fromThread,        HttpError,      true],
    ['a code of ours',                   new SunbeonError('THREAD_DIED', 'x'), 'THREAD_DIED', true],
    ['whatever a handler threw',         new NotFound('x'), 'HANDLER_FAILED', true],
    ['a text that was thrown',           'just text',       'string',       true],
    ['a cause of itself ends',           circular,          'Nothing',      false],
    ['a function that says so',          new NotFound('x'), (failure) => failure.message === 'x', true],
    ['not one that says otherwise',      new NotFound('x'), () => false,    false],
    ['not one that says something else', new NotFound('x'), (() => 1) as never, false],
    ['not one that fails',               new NotFound('x'), () => { throw new Error('mine'); }, false],
  ])('%s', (_what, thrown, matcher, meant) => {
    expect(isMeant(toFailure(thrown), [matcher])).toBe(meant);
    expect(isMeant(toFailure(thrown), ['Nobody', matcher])).toBe(meant);
  });
});

describe('covers', () => {
  const judge = (): boolean => true;
  // prettier-ignore
  test.each<[string, ErrorMatcher, ErrorMatcher, boolean]>([
    ['the same class',       HttpError,   HttpError,   true],
    ['its name',             'HttpError', HttpError,   true],
    ['a subclass',           HttpError,   NotFound,    true],
    ['a subclass by name',   'HttpError', NotFound,    true],
    ['not a parent',         NotFound,    HttpError,   false],
    ['not another',          TypeError,   NotFound,    false],
    ['the same function',    judge,       judge,       true],
    ['not another function', judge,       () => true,  false],
    ['not by a function',    judge,       NotFound,    false],
  ])('%s', (_what, wide, narrow, is) => {
    expect(covers(wide, narrow)).toBe(is);
  });
});
