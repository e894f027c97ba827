import { describe, expect, test } from '@jest/globals';
import { Drop, Retry, SunbeonError } from '@sunbeon/core';
import type { Attempt } from '@sunbeon/core/run';
import { memoryMarks } from './memory-marks.js';
import { once } from './once.js';

const attempt = (id: string, group?: string): Attempt =>
  ({ payload: null, group, context: { id, contract: 'mail' } }) as unknown as Attempt;

function setUp() {
  const clock = { nowMs: 0, now: () => clock.nowMs };
  const effects: string[] = [];
  const middleware = once({ marks: memoryMarks({ clock }), leaseMs: 1_000, keepMs: 60_000 });
  const deliver = (one: Attempt, handle: () => Promise<unknown> = async () => 'output') =>
    middleware(one, () => {
      effects.push(one.context.id);
      return handle();
    });
  return { clock, effects, deliver };
}

describe('once', () => {
  test('the second delivery of a message that is done has no effect', async () => {
    const { deliver, effects } = setUp();
    expect(await deliver(attempt('1'))).toBe('output');
    await expect(deliver(attempt('1'))).rejects.toBeInstanceOf(Drop);
    expect(effects).toEqual(['1']);
  });

  test('a shadow of what is done runs, and leaves no mark', async () => {
    const { deliver, effects } = setUp();
    const shadow = (id: string) => ({ ...attempt(id), context: { ...attempt(id).context, isShadow: true } }) as Attempt;
    await deliver(attempt('1'));
    await deliver(shadow('1'));
    await deliver(shadow('2'));
    await deliver(attempt('2'));
    expect(effects).toEqual(['1', '1', '2', '2']);
  });

  test('each message and each subscribing group has its own effect', async () => {
    const { deliver, effects } = setUp();
    for (const one of [attempt('1', 'a'), attempt('1', 'b'), attempt('2', 'a')]) await deliver(one);
    expect(effects).toEqual(['1', '1', '2']);
  });

  test('a delivery beside a running one is put off', async () => {
    const { deliver, effects } = setUp();
    const handler = Promise.withResolvers<string>();
    const first = deliver(attempt('1'), () => handler.promise);
    await expect(deliver(attempt('1'))).rejects.toBeInstanceOf(Retry);
    handler.resolve('late');
    expect(await first).toBe('late');
    expect(effects).toEqual(['1']);
  });

  test('a failed attempt may be made again, and its own error is what comes out', async () => {
    const { deliver, effects } = setUp();
    const failure = new Error('the mail server is away');
    await expect(deliver(attempt('1'), () => Promise.reject(failure))).rejects.toBe(failure);
    await deliver(attempt('1'));
    expect(effects).toEqual(['1', '1']);
  });

  test('an attempt whose lease has run out counts as dead', async () => {
    const { deliver, clock, effects } = setUp();
    void deliver(attempt('1'), () => new Promise(() => undefined));
    await Promise.resolve();
    clock.nowMs = 1_000;
    await deliver(attempt('1'));
    expect(effects).toEqual(['1', '1']);
  });

  test('a handler’s error is not hidden by marks that are away', async () => {
    const marks = { begin: async () => 'new' as const, done: async () => undefined, release: () => Promise.reject(new Error('away')) }; // prettier-ignore
    const failure = new Error('the handler’s own');
    await expect(once({ marks })(attempt('1'), () => Promise.reject(failure))).rejects.toBe(failure);
  });

  test.each(['leaseMs', 'keepMs'])('refuses %s of zero', (option) => {
    expect(() => once({ marks: memoryMarks(), [option]: 0 })).toThrow(SunbeonError);
  });
});
