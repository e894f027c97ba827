import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ERROR_CODES, type ErrorCode, SunbeonError, toFailure } from './errors.js';

const hostile = (trap: string): object =>
  Object.defineProperty(new Error('x'), trap, {
    get() {
      throw new Error(`do not read ${trap}`);
    },
  });

/** Things that handlers throw in the wild, and worse. */
const THROWN: readonly (readonly [what: string, thrown: unknown, name: string, message: string])[] = [
  ['an Error', new Error('oops'), 'Error', 'oops'],
  ['an error of a class', new TypeError('oops'), 'TypeError', 'oops'],
  ['a text', 'oops', 'string', 'oops'],
  ['nothing', undefined, 'undefined', 'undefined'],
  ['null', null, 'object', 'null'],
  ['a number', 7, 'number', '7'],
  ['a symbol', Symbol('s'), 'symbol', 'Symbol(s)'],
  ['an object without a prototype', Object.create(null), 'object', 'a value that cannot be printed'],
  [
    'an object whose toString throws',
    { toString: () => JSON.parse('{') as string },
    'object',
    'a value that cannot be printed',
  ],
  ['an error whose message throws', hostile('message'), 'object', 'a value that cannot be printed'],
  ['an error whose stack throws', hostile('stack'), 'object', 'a value that cannot be printed'],
  ['a revoked proxy', revoked(), 'object', 'a value that cannot be printed'],
  [
    'an error whose message is an object',
    Object.assign(new Error(), { message: { a: 1 } }),
    'Error',
    '[object Object]',
  ],
  [
    'an error whose message cannot be printed',
    Object.assign(new Error(), { message: Object.create(null) }),
    'object',
    'a value that cannot be printed',
  ],
  ['an error whose class has no name', new (class extends Error {})('oops'), 'Error', 'oops'],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('toFailure', () => {
  test.each(THROWN)('of %s', (_what, thrown, name, message) => {
    expect(toFailure(thrown)).toMatchObject({ code: 'HANDLER_FAILED', name, message, retriable: true });
  });

  test('of anything at all is plain data, and does not throw', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), (thrown) => {
        const { code, name, message } = toFailure(thrown);
        return code === 'HANDLER_FAILED' && typeof name === 'string' && typeof message === 'string';
      }),
    );
  });

  test('of a SunbeonError keeps its code and whether a retry can help', () => {
    expect(toFailure(new SunbeonError('PAYLOAD_INVALID', 'no'))).toMatchObject({
      code: 'PAYLOAD_INVALID',
      name: 'PAYLOAD_INVALID',
      message: 'no',
      retriable: false,
    });
    expect(toFailure(new SunbeonError('SEND_FAILED', 'no')).retriable).toBe(true);
  });

  test('cuts a name that would not fit into a header', () => {
    const long = Object.assign(Object.create(Error.prototype) as Error, { constructor: { name: 'x'.repeat(5_000) } });
    expect(toFailure(long).name).toHaveLength(200);
  });

  test('keeps the stack when there is one', () => {
    expect(toFailure(new Error('x')).stack).toContain('errors.spec');
    expect('stack' in toFailure(Object.assign(new Error('x'), { stack: undefined }))).toBe(false);
  });
});

describe('SunbeonError', () => {
  test('says what, and ends in how to mend it', () => {
    const cause = new Error('ECONNREFUSED');
    const error = new SunbeonError('BROKER_UNREACHABLE', 'No broker answers.', {
      hint: 'Start one.',
      facts: { port: 9092 },
      cause,
    });
    expect(error).toMatchObject({
      name: 'SunbeonError',
      code: 'BROKER_UNREACHABLE',
      message: 'No broker answers. Start one.',
      hint: 'Start one.',
      facts: { port: 9092 },
      retriable: true,
      cause,
    });
    expect('cause' in new SunbeonError('NOT_RUNNING', 'x')).toBe(false);
  });

  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s has its own retriable and a meaning', (code) => {
    expect(new SunbeonError(code, 'x').retriable).toBe(ERROR_CODES[code].retriable);
    expect(ERROR_CODES[code].means).toMatch(/^[a-z].*[^.]$/);
  });
});
