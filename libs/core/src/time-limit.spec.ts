import { getEventListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import { defineTask } from './contract.js';
import { createEnvelope } from './envelope.js';
import { Events } from './events.js';
import { Bury, Drop, Retry } from './outcome.js';
import { type PolicyOptions, policyOf } from './policy.js';
import type { Binding, Codec } from './ports.js';
import { type Ran, runner } from './run.js';

const contract = defineTask({ name: 'slow', queue: 'slow', input: 'string', output: 'string' });
const codec = {
  encode: async (_subject: unknown, value: unknown) => Buffer.from(String(value)),
  decode: async (_subject: unknown, value: Buffer) => value.toString(),
} as Partial<Codec> as Codec;

interface Rig {
  readonly clock: FakeClock;
  readonly release: AbortController;
  readonly run: Promise<Ran>;
  /** What the run has come to so far. */
  now(): Ran | undefined;
}

function start(handle: Binding['handle'], policy: PolicyOptions, deadlineInMs?: number): Rig {
  const [clock, release] = [new FakeClock(), new AbortController()];
  const binding = { contract, group: undefined, policy: policyOf(policy, {}, 'spec'), where: 'Slow.go', handle };
  const deadlineMs = deadlineInMs === undefined ? undefined : clock.now() + deadlineInMs;
  const envelope = createEnvelope({ id: 'i', type: 'slow', source: 's', timeMs: 1, deadlineMs });
  const record = { topic: 'slow', partition: 0, offset: 0, key: null, value: Buffer.from('hi'), headers: {}, timestampMs: 0 }; // prettier-ignore
  const deps = { codec, clock, events: new Events(), send: async () => undefined, source: 'me' };
  let ran: Ran | undefined;
  const run = runner(deps)({ record, envelope, binding }, release.signal).then((it) => (ran = it));
  return { clock, release, run, now: () => ran };
}

/** Ends as told, when its signal aborts. */
const heeding =
  (end: (reason: unknown) => unknown): Binding['handle'] =>
  async (_payload, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return end(signal.reason);
  };
const throwing = (error: unknown): Binding['handle'] => heeding(() => Promise.reject(error as Error));
/** Ends when the test says so. */
function stubborn(): { handle: Binding['handle']; end: PromiseWithResolvers<unknown> } {
  const end = Promise.withResolvers<unknown>();
  return { handle: () => end.promise, end };
}

const limits = { timeLimitMs: 100, hardTimeLimitMs: 300 };
const exceeded = (message: string): object => ({
  outcome: {
    kind: 'failed',
    error: { code: 'TIME_LIMIT_EXCEEDED', retriable: true, message: expect.stringContaining(message) as unknown },
  },
  ended: undefined,
});

describe('the soft limit', () => {
  test('leaves a quick handler alone, and leaves no timer behind', async () => {
    const { run, clock } = start(async () => 'x', limits);
    expect(await run).toEqual({ outcome: { kind: 'done', output: Buffer.from('x') }, ended: undefined });
    expect(clock.pending).toBe(0);
  });

  test('aborts the signal, with the reason', async () => {
    let reason: unknown;
    const { clock, run } = start(heeding((why) => ((reason = why), 'late but whole')), limits); // prettier-ignore
    await clock.advance(99);
    expect(reason).toBeUndefined();
    await clock.advance(1);
    expect(reason).toMatchObject({
      code: 'TIME_LIMIT_EXCEEDED',
      message: expect.stringContaining('100 ms') as unknown,
    });
    expect((await run).outcome).toEqual({ kind: 'done', output: Buffer.from('late but whole') });
    expect(clock.pending).toBe(0);
  });

  test('is seen by a handler that looks only afterwards', async () => {
    const gate = Promise.withResolvers<void>();
    const { clock, run } = start(async (_payload, context) => {
      await gate.promise;
      context.signal.throwIfAborted();
    }, limits);
    await clock.advance(150);
    gate.resolve();
    expect(await run).toMatchObject(exceeded('Slow.go took longer than its time limit of 100 ms.'));
  });

  // prettier-ignore
  test.each([
    ['an error of its own', throwing(new TypeError('socket closed')), exceeded('It then threw TypeError: socket closed')],
    ['the reason',          heeding((why) => Promise.reject(why as Error)), exceeded('100 ms')],
    ['an AbortError',       throwing(new DOMException('aborted', 'AbortError')), exceeded('100 ms')],
    ['Retry',               throwing(new Retry(5)),   { outcome: { kind: 'retry', delayMs: 5 } }],
    ['Drop',                throwing(new Drop('no')), { outcome: { kind: 'drop', reason: 'no' } }],
    ['Bury',                throwing(new Bury('no')), { outcome: { kind: 'bury' } }],
  ])('what is thrown then: %s', async (_what, handle, expected) => {
    const { clock, run } = start(handle, limits);
    await clock.advance(100);
    expect(await run).toMatchObject(expected);
  });

  test('an AbortError is not told again', async () => {
    const { clock, run } = start(throwing(new DOMException('aborted', 'AbortError')), limits);
    await clock.advance(100);
    expect(JSON.stringify((await run).outcome)).not.toContain('It then threw');
  });

  test('a consumer that lets go is no time limit: nothing is decided', async () => {
    const { release, run, clock } = start(throwing(new Error('aborted')), limits);
    await clock.advance(50);
    release.abort();
    expect(await run).toMatchObject({ outcome: { kind: 'unavailable' } });
    expect(clock.pending).toBe(0);
  });
});

describe('the hard limit', () => {
  test('ends the attempt although the handler runs on, and says when that has ended', async () => {
    const { handle, end } = stubborn();
    let over: AbortSignal | undefined;
    const { clock, now } = start((payload, context, its) => ((over = its.signal), handle(payload, context, its)), limits); // prettier-ignore
    await clock.advance(299);
    expect([now(), over!.aborted]).toEqual([undefined, false]);
    await clock.advance(1);
    expect(over!.aborted).toBe(true);
    expect(now()).toMatchObject({ ...exceeded('hard limit of 300 ms'), ended: expect.any(Promise) as unknown });
    let ended = false;
    const told = now()!.ended!.then(() => (ended = true));
    await clock.advance(1_000);
    expect(ended).toBe(false);
    end.reject(new Error('at last'));
    await told;
    expect(ended).toBe(true);
  });

  test('counts from when the handler begins, where that has to wait for something', async () => {
    const { handle } = stubborn();
    const begin = Promise.withResolvers<unknown>();
    const elsewhere: Binding['handle'] = async (payload, context, its) => {
      its.begins?.(1_000);
      await begin.promise;
      its.begins?.(0);
      return handle(payload, context, its);
    };
    const { clock, now } = start(elsewhere, limits);
    await clock.advance(900);
    begin.resolve(undefined);
    await clock.advance(0);
    await clock.advance(299);
    expect(now()).toBeUndefined();
    await clock.advance(1);
    expect(now()).toMatchObject({ ...exceeded('hard limit of 300 ms'), ended: expect.any(Promise) as unknown });
  });

  test('ends also what waits for too long to begin', async () => {
    const forever: Binding['handle'] = (_payload, _context, its) => (its.begins?.(1_000), new Promise(() => undefined));
    const { clock, now } = start(forever, limits);
    await clock.advance(1_299);
    expect(now()).toBeUndefined();
    await clock.advance(1);
    expect(now()).toMatchObject({ ...exceeded('hard limit of 300 ms'), ended: expect.any(Promise) as unknown });
  });

  test('of a consumer that has let go decides nothing', async () => {
    const { clock, release, run } = start(stubborn().handle, limits);
    release.abort();
    await clock.advance(300);
    expect(await run).toMatchObject({ outcome: { kind: 'unavailable' } });
  });
});

describe('the deadline', () => {
  test('further away than a timer can wait sets none: it would fire at once', async () => {
    const { handle, end } = stubborn();
    const { run, clock } = start(handle, {}, 2 ** 31);
    await new Promise(setImmediate);
    expect(clock.pending).toBe(0);
    end.resolve('x');
    expect(await run).toMatchObject({ outcome: { kind: 'done' } });
  });

  test('as far away as a timer can wait sets one', async () => {
    const { handle, end } = stubborn();
    const { run, clock } = start(handle, {}, 2 ** 31 - 1);
    await new Promise(setImmediate);
    expect(clock.pending).toBe(1);
    end.resolve('x');
    await run;
  });

  test('does not wait for the handler to begin', async () => {
    let aborted: AbortSignal | undefined;
    const waiting: Binding['handle'] = (_payload, context, its) => {
      its.begins?.(1_000);
      aborted = context.signal;
      return new Promise(() => undefined);
    };
    const { clock } = start(waiting, limits, 50);
    await clock.advance(50);
    expect(aborted!.reason).toMatchObject({ message: expect.stringContaining('deadline passed') as unknown });
  });

  test('that has passed: the handler is not called', async () => {
    let called = 0;
    const { run } = start(async () => void called++, {}, 0);
    expect([(await run).outcome, called]).toEqual([{ kind: 'expired' }, 0]);
  });

  test('aborts the signal when it comes before the time limit, and without one', async () => {
    for (const policy of [limits, {}]) {
      const { clock, run, now } = start(throwing(new Error('stopped')), policy, 40);
      await clock.advance(39);
      expect(now()).toBeUndefined();
      await clock.advance(1);
      expect(await run).toMatchObject(exceeded("when its message's deadline passed"));
    }
  });

  test('after the time limit changes nothing', async () => {
    const { clock, run } = start(throwing(new Error('stopped')), limits, 101);
    await clock.advance(100);
    expect(await run).toMatchObject(exceeded('time limit of 100 ms'));
  });

  test('in a month sets no timer, which could not wait so long', async () => {
    const { clock, run } = start(async () => 'x', {}, 31 * 86_400_000);
    expect((await run).outcome.kind).toBe('done');
    expect(clock.pending).toBe(0);
  });
});

test('the signal of the consumer, which lives as long as it does, keeps nothing of an attempt', async () => {
  const { run, release } = start(async (_payload, { signal }) => String(signal.aborted), limits);
  expect((await run).outcome.kind).toBe('done');
  expect(getEventListeners(release.signal, 'abort')).toEqual([]);
});

test('who sets no limit gets the signal of the consumer itself', async () => {
  const { run, release } = start(async (_payload, { signal }) => String(signal === release.signal), {});
  expect((await run).outcome).toEqual({ kind: 'done', output: Buffer.from('true') });
});
