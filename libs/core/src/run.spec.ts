import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Contract, defineEvent, defineTask } from './contract.js';
import { createEnvelope } from './envelope.js';
import { SunbeonError } from './errors.js';
import { Events } from './events.js';
import { Bury, Drop, type Outcome, Retry } from './outcome.js';
import type { Binding, Codec, Message } from './ports.js';
import { type Delivery, runner, type RunDependencies } from './run.js';
import { policyOf } from './policy.js';

const task = defineTask({ name: 'text.shout', queue: 'text', input: 'string', output: 'string' });
const silent = defineTask({ name: 'text.log', queue: 'text', input: 'string' });
const event = defineEvent({ name: 'text.said', schema: 'string' });

const codec = {
  encode: async (subject: { subject: string }, value: unknown) => Buffer.from(`${subject.subject}=${String(value)}`),
  decode: async (_subject: unknown, value: Buffer) => value.toString(),
} as Partial<Codec> as Codec;

const refuse = (error: unknown) => async (): Promise<never> => Promise.reject(error);

const delivery = (handle: Binding['handle'], contract: Contract = task): Delivery => ({
  record: {
    topic: 'text',
    partition: 1,
    offset: 5,
    key: null,
    value: Buffer.from('hi'),
    headers: { own: 'x' },
    timestampMs: 0,
  },
  envelope: createEnvelope({ id: 'id', type: contract.name, source: 's', timeMs: 9, key: 'k', attempt: 2 }),
  binding: {
    contract,
    group: undefined,
    policy: policyOf({ retry: { delaysMs: [] }, recordOutcomes: false }, {}, 'test'),
    where: 'Here.handle',
    handle,
  },
});

const attempt = (
  of: Delivery,
  change: Partial<RunDependencies> = {},
  signal = new AbortController().signal,
): Promise<Outcome> => {
  const clock = { now: () => 0, after: () => () => undefined };
  const run = runner({ codec, clock, events: new Events(), send: async () => undefined, source: 'me', ...change });
  return run(of, signal).then(({ outcome }) => outcome);
};

const thrower = (thrown: unknown): Binding['handle'] => refuse(thrown);

describe('run: done', () => {
  test('the handler gets the decoded payload and its context, and its output comes back encoded', async () => {
    let seen: unknown[] = [];
    const outcome = await attempt(delivery(async (payload, context) => ((seen = [payload, context]), 'HI')));
    expect(outcome).toEqual({ kind: 'done', output: Buffer.from('text.shout.result-value=HI') });
    expect(seen[0]).toBe('hi');
    expect(seen[1]).toMatchObject({
      id: 'id',
      contract: 'text.shout',
      attempt: 2,
      key: 'k',
      topic: 'text',
      partition: 1,
      offset: 5,
      sentMs: 9,
      headers: { own: 'x' },
    });
  });

  test.each([
    ['a task without output', silent],
    ['an event', event],
  ])('what the handler of %s returns is nobody’s business', async (_what, contract) => {
    expect(await attempt(delivery(async () => 'ignored', contract))).toEqual({ kind: 'done', output: null });
  });

  test('middlewares stand around the handler, and follow-ups leave through `send`', async () => {
    const sent: Message[] = [];
    const outcome = await attempt(
      delivery(async (payload, context) => {
        await context.enqueue(silent, String(payload));
        return 'inner';
      }),
      {
        send: async (messages) => void sent.push(...messages),
        middlewares: [async (it, next) => `${it.context.id} ${String(await next())}`],
      },
    );
    expect(outcome).toMatchObject({ kind: 'done', output: Buffer.from('text.shout.result-value=id inner') });
    expect(sent).toMatchObject([{ payload: 'hi', envelope: { parentId: 'id', source: 'me' } }]);
  });
});

/** What immer and its like leave behind: any look at it throws, `instanceof` too. */
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

describe('run: what handlers throw', () => {
  const failed = (name: string, message: string): object => ({
    kind: 'failed',
    error: { code: 'HANDLER_FAILED', name, message, retriable: true },
  });
  // prettier-ignore
  test.each([
    ['an Error',             new TypeError('oops'),                         failed('TypeError', 'oops')],
    ['a text',               'oops',                                        failed('string', 'oops')],
    ['null',                 null,                                          failed('object', 'null')],
    ['undefined',            undefined,                                     failed('undefined', 'undefined')],
    ['what cannot be shown', { toString: () => JSON.parse('{') as string }, failed('object', 'a value that cannot be printed')],
    ['no prototype',         Object.create(null),                           failed('object', 'a value that cannot be printed')],
    ['a hopeless error',     new SunbeonError('PAYLOAD_INVALID', 'no'),     { kind: 'failed', error: { code: 'PAYLOAD_INVALID', retriable: false } }],
    ['a passing error',      new SunbeonError('SEND_FAILED', 'no'),         { kind: 'failed', error: { code: 'SEND_FAILED', retriable: true } }],
    ['a revoked proxy',      revoked(),                                     failed('object', 'a value that cannot be printed')],
    ['Retry',                new Retry(),                                   { kind: 'retry', delayMs: undefined, error: { name: 'Retry' } }],
    ['Retry after',          new Retry(50, 'busy'),                         { kind: 'retry', delayMs: 50, error: { message: 'busy' } }],
    ['Drop',                 new Drop('old'),                               { kind: 'drop', reason: 'old' }],
    ['Bury',                 new Bury('hopeless'),                          { kind: 'bury', error: { name: 'Bury', message: 'hopeless' } }],
  ])('%s', async (_what, thrown, outcome) => {
    expect(await attempt(delivery(thrower(thrown)))).toMatchObject(outcome);
    const atOnce = (() => { throw thrown; }) as Binding['handle'];
    expect(await attempt(delivery(atOnce))).toMatchObject(outcome);
    expect(await attempt(delivery(async () => 'x'), { middlewares: [refuse(thrown)] })).toMatchObject(outcome);
  });

  test('anything at all becomes an outcome, never a rejection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.anything({ withNullPrototype: true }), async (thrown) => {
        expect((await attempt(delivery(thrower(thrown)))).kind).toBe('failed');
        expect(
          (
            await attempt(
              delivery(async () => 'x'),
              { codec: { ...codec, decode: refuse(thrown) } },
            )
          ).kind,
        ).toBe('unreadable');
      }),
    );
  });

  test.each([
    ['an Error', new Error('aborted')],
    ['Drop', new Drop('stopping')],
    ['Bury', new Bury('stopping')],
    ['Retry', new Retry(1)],
  ])('%s after the signal has told it to stop is no failure: nothing is decided', async (_what, thrown) => {
    const stop = new AbortController();
    const handle: Binding['handle'] = async (_payload, { signal }) => {
      stop.abort();
      expect(signal.aborted).toBe(true);
      throw thrown;
    };
    expect(await attempt(delivery(handle), {}, stop.signal)).toMatchObject({ kind: 'unavailable' });
  });

  test('what was done before the signal is done', async () => {
    const stop = new AbortController();
    const outcome = await attempt(
      delivery(async () => (stop.abort(), 'x')),
      {},
      stop.signal,
    );
    expect(outcome.kind).toBe('done');
  });
});

describe('run: what codecs throw', () => {
  // prettier-ignore
  test.each([
    ['the registry is away',       new SunbeonError('REGISTRY_UNAVAILABLE', 'no'), 'unavailable', 'REGISTRY_UNAVAILABLE'],
    ['the schema is unknown',      new SunbeonError('SCHEMA_UNKNOWN', 'no'),       'unreadable',  'SCHEMA_UNKNOWN'],
    ['the record is rubbish',      new SunbeonError('RECORD_UNREADABLE', 'no'),    'unreadable',  'RECORD_UNREADABLE'],
    ['the codec itself stumbles',  new TypeError('x of undefined'),                'unreadable',  'RECORD_UNREADABLE'],
    ['the codec throws a text',    'truncated buffer',                             'unreadable',  'RECORD_UNREADABLE'],
  ])('while reading, when %s', async (_what, thrown, kind, code) => {
    let handled = 0;
    const outcome = await attempt(delivery(async () => handled++), { codec: { ...codec, decode: refuse(thrown) } });
    expect(outcome).toMatchObject({ kind, error: { code, retriable: kind === 'unavailable' } });
    expect(handled).toBe(0);
  });

  test('an output that does not fit its schema is the handler’s failure, and no retry helps', async () => {
    const encode = refuse(new SunbeonError('PAYLOAD_INVALID', 'field "sum"'));
    const outcome = await attempt(
      delivery(async () => 5),
      { codec: { ...codec, encode } },
    );
    expect(outcome).toMatchObject({ kind: 'failed', error: { code: 'PAYLOAD_INVALID', retriable: false } });
  });

  test('a null value is unreadable, not a crash', async () => {
    const of = delivery(async () => 'x');
    const outcome = await attempt({ ...of, record: { ...of.record, value: null } });
    expect(outcome).toMatchObject({ kind: 'unreadable', error: { code: 'RECORD_UNREADABLE' } });
  });
});
