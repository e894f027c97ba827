import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import fc from 'fast-check';
import { Batches, type BatchItem, type BatchLimits } from './batch.js';
import type { TaskContext } from './context.js';
import { Bury, Drop } from './outcome.js';

const contextOf = (signal: AbortSignal): TaskContext => ({ signal }) as TaskContext;
const never = new AbortController().signal;

interface Called {
  readonly atMs: number;
  readonly payloads: readonly unknown[];
}

function rig(limits: BatchLimits, outcomes: (items: readonly BatchItem[]) => unknown = () => undefined) {
  const [clock, calls] = [new FakeClock(0), [] as Called[]];
  const handler = async (items: readonly BatchItem[]): Promise<unknown> => {
    calls.push({ atMs: clock.now(), payloads: items.map(({ payload }) => payload) });
    return outcomes(items);
  };
  const batches = new Batches(handler, { ...limits, where: 'Bulk.insert' }, clock);
  const add = (payload: unknown, signal = never): Promise<unknown> => batches.add(payload, contextOf(signal));
  return { clock, calls, add };
}

const settled = async (work: readonly Promise<unknown>[]): Promise<unknown[]> =>
  (await Promise.allSettled(work)).map((it) => (it.status === 'fulfilled' ? it.value : (it.reason as unknown)));

describe('a batch', () => {
  test('is called when it is full, and else when the first has waited long enough', async () => {
    const { clock, calls, add } = rig({ size: 2, lingerMs: 10 });
    void add('a');
    await clock.advance(4);
    void add('b');
    void add('c');
    expect(calls).toEqual([{ atMs: 4, payloads: ['a', 'b'] }]);
    await clock.advance(9);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls[1]).toEqual({ atMs: 14, payloads: ['c'] });
    expect(clock.pending).toBe(0);
  });

  test('that has been called keeps its items: the handler decides, whatever aborts meanwhile', async () => {
    const [gate, abort] = [Promise.withResolvers<unknown>(), new AbortController()];
    const { add } = rig({ size: 1, lingerMs: 10 }, () => gate.promise);
    const running = add('a', abort.signal);
    abort.abort(new Error('too late'));
    gate.resolve(['done all the same']);
    expect(await running).toBe('done all the same');
  });

  test('gives each item its own outcome', async () => {
    const [drop, bury] = [new Drop('old'), new Bury('broken')];
    const { add } = rig({ size: 4, lingerMs: 10 }, () => ['A', drop, undefined, bury]);
    expect(await settled(['a', 'b', 'c', 'd'].map((it) => add(it)))).toEqual(['A', drop, undefined, bury]);
  });

  test('is done as a whole when nothing is returned, and fails as a whole when it throws', async () => {
    const fine = rig({ size: 2, lingerMs: 10 });
    expect(await settled([fine.add('a'), fine.add('b')])).toEqual([undefined, undefined]);
    const oops = new TypeError('no');
    const broken = rig({ size: 2, lingerMs: 10 }, () => Promise.reject(oops));
    expect(await settled([broken.add('a'), broken.add('b')])).toEqual([oops, oops]);
  });

  test.each([
    ['too few outcomes', ['A'], '1 outcomes for 2 items'],
    ['too many', ['A', 'B', 'C'], '3 outcomes for 2 items'],
    ['something else', { a: 1 }, 'a object for 2 items'],
  ])('with %s fails as a whole and says why', async (_what, outcomes, message) => {
    const { add } = rig({ size: 2, lingerMs: 10 }, () => outcomes);
    const failed = { code: 'HANDLER_FAILED', message: expect.stringContaining(message) as unknown };
    expect(await settled([add('a'), add('b')])).toMatchObject([failed, failed]);
  });

  test('is left by an item that has to end before the call, not after', async () => {
    const { clock, calls, add } = rig({ size: 3, lingerMs: 10 });
    const [early, late] = [new AbortController(), new AbortController()];
    const results = settled([add('a', early.signal), add('b', late.signal)]);
    early.abort('too slow');
    await clock.advance(10);
    late.abort();
    expect(await results).toEqual(['too slow', undefined]);
    expect(calls.map(({ payloads }) => payloads)).toEqual([['b']]);
    expect(await settled([add('c', early.signal)])).toEqual(['too slow']);
  });

  test('that everybody has left is not called', async () => {
    const { clock, calls, add } = rig({ size: 3, lingerMs: 10 });
    const stop = new AbortController();
    const result = settled([add('a', stop.signal)]);
    stop.abort('stop');
    expect([await result, clock.pending, calls]).toEqual([['stop'], 0, []]);
  });

  test('has the right size, time and order, whatever comes when and whoever leaves', async () => {
    const step = fc.record({ waitMs: fc.nat(12), leaves: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 9 }), async (steps, size, lingerMs) => { // prettier-ignore
        const { clock, calls, add } = rig({ size, lingerMs }, (items) => items.map(({ payload }) => -(payload as number))); // prettier-ignore
        const addedMs: number[] = [];
        const results: Promise<unknown>[] = [];
        for (const [n, { waitMs, leaves }] of steps.entries()) {
          const stop = new AbortController();
          addedMs.push(clock.now());
          results.push(add(n + 1, stop.signal).catch(() => 'left'));
          if (leaves) stop.abort();
          await clock.advance(waitMs);
        }
        await clock.advance(lingerMs);
        const said = await Promise.all(results);
        const called = calls.flatMap(({ payloads }) => payloads as number[]);
        expect(said.map((it, n) => (it === 'left' ? steps[n]!.leaves : it === -(n + 1)))).not.toContain(false);
        expect(called).toEqual([...new Set(called)].sort((a, b) => a - b)); // each once, in order
        for (const { atMs, payloads } of calls) {
          expect(payloads.length).toBeLessThanOrEqual(size);
          expect(atMs - addedMs[(payloads[0] as number) - 1]!).toBeLessThanOrEqual(lingerMs);
        }
        expect(clock.pending).toBe(0);
      }), // prettier-ignore
    );
  });
});
