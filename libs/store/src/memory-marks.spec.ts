import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SunbeonError } from '@sunbeon/core';
import { memoryMarks } from './memory-marks.js';

function setUp(maxKeys?: number) {
  const clock = { nowMs: 0, now: () => clock.nowMs };
  return { clock, marks: memoryMarks({ clock, ...(maxKeys === undefined ? {} : { maxKeys }) }) };
}

describe('memoryMarks', () => {
  test('of many callers at once one hears new', async () => {
    const { marks } = setUp();
    const states = await Promise.all(Array.from({ length: 5 }, () => marks.begin('a', { leaseMs: 10 })));
    expect(states).toEqual(['new', 'running', 'running', 'running', 'running']);
  });

  test('a lease runs out, to the millisecond', async () => {
    const { marks, clock } = setUp();
    await marks.begin('a', { leaseMs: 10 });
    clock.nowMs = 9;
    expect(await marks.begin('a', { leaseMs: 10 })).toBe('running');
    clock.nowMs = 10;
    expect(await marks.begin('a', { leaseMs: 10 })).toBe('new');
  });

  test('what is done stays done for as long as it is kept, and a release does not change it', async () => {
    const { marks, clock } = setUp();
    await marks.begin('a', { leaseMs: 10 });
    await marks.done('a', { keepMs: 100 });
    await marks.release('a');
    clock.nowMs = 99;
    expect(await marks.begin('a', { leaseMs: 10 })).toBe('done');
    clock.nowMs = 100;
    expect(await marks.begin('a', { leaseMs: 10 })).toBe('new');
  });

  test('what is released is new again', async () => {
    const { marks } = setUp();
    await marks.begin('a', { leaseMs: 10 });
    await marks.release('a');
    expect(await marks.begin('a', { leaseMs: 10 })).toBe('new');
  });

  test('the one marked longest ago is forgotten first', async () => {
    const { marks } = setUp(2);
    for (const key of ['a', 'b']) await marks.begin(key, { leaseMs: 10 });
    await marks.done('a', { keepMs: 10 });
    await marks.begin('c', { leaseMs: 10 });
    expect(await marks.begin('a', { leaseMs: 10 })).toBe('done');
    expect(await marks.begin('b', { leaseMs: 10 })).toBe('new');
  });

  test.each([0, -1, 1.5, Number.NaN])('refuses room for %d keys', (maxKeys) => {
    expect(() => memoryMarks({ maxKeys })).toThrow(SunbeonError);
  });

  test('answers as a model does, whatever is called when', async () => {
    const step = fc.record({
      verb: fc.constantFrom('begin', 'done', 'release', 'wait'),
      key: fc.constantFrom('a', 'b', 'c'),
      ms: fc.integer({ min: 1, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { marks, clock } = setUp();
        const model = new Map<string, { state: 'running' | 'done'; untilMs: number }>();
        for (const { verb, key, ms } of steps) {
          const known = model.get(key);
          const state = known !== undefined && known.untilMs > clock.nowMs ? known.state : 'new';
          if (verb === 'wait') clock.nowMs += ms;
          if (verb === 'begin') {
            expect(await marks.begin(key, { leaseMs: ms })).toBe(state);
            if (state === 'new') model.set(key, { state: 'running', untilMs: clock.nowMs + ms });
          }
          if (verb === 'done') {
            await marks.done(key, { keepMs: ms });
            model.set(key, { state: 'done', untilMs: clock.nowMs + ms });
          }
          if (verb === 'release') {
            await marks.release(key);
            if (state !== 'done') model.delete(key);
          }
        }
      }),
    );
  });
});
