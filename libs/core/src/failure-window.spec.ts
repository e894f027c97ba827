import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Counted, FailureWindow } from './failure-window.js';

const LIMITS = { windowMs: 1_000, failureRatio: 0.5, minAttempts: 4, maxBuries: 3 };

describe('the window', () => {
  it('has a reason when half of the attempts fail, once there are enough', () => {
    const window = new FailureWindow(LIMITS);
    expect(window.count('failure', 0)).toBeUndefined();
    expect(window.count('failure', 1)).toBeUndefined();
    expect(window.count('success', 2)).toBeUndefined();
    expect(window.count('success', 3)).toBe('2 of 4 attempts failed within 1 s');
    expect(window.count('success', 4)).toBeUndefined();
  });

  it('has a reason when more are buried than may be, readable or not', () => {
    const window = new FailureWindow({ ...LIMITS, minAttempts: 100 });
    for (const what of ['unreadable', 'burial', 'unreadable'] as const) expect(window.count(what, 0)).toBeUndefined();
    expect(window.count('unreadable', 5)).toBe('4 messages were buried within 1 s');
  });

  it('forgets what is over, and all when it is cleared', () => {
    const window = new FailureWindow(LIMITS);
    for (let n = 0; n < 3; n++) window.count('burial', n);
    expect(window.count('burial', 1_000)).toBeUndefined();
    window.clear();
    for (let n = 0; n < 3; n++) expect(window.count('burial', 1_000)).toBeUndefined();
  });

  it('counts as a list of all that ever was counted does, wherever the clock goes', () => {
    const what = fc.constantFrom<Counted>('success', 'failure', 'burial', 'unreadable', 'nothing');
    const steps = fc.array(fc.record({ what, afterMs: fc.integer({ min: -500, max: 1_500 }) }), { maxLength: 120 });
    const limits = fc.record({
      windowMs: fc.constantFrom(100, 1_000, 1_234),
      failureRatio: fc.constantFrom(0.1, 0.5, 1),
      minAttempts: fc.integer({ min: 1, max: 6 }),
      maxBuries: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(limits, steps, (of, all) => {
        const window = new FailureWindow(of);
        const seen: { what: Counted; at: number }[] = [];
        let [nowMs, latest] = [10_000, 0];
        for (const step of all) {
          nowMs += step.afterMs;
          const counted = window.count(step.what, nowMs);
          if (step.what === 'nothing') {
            expect(counted).toBeUndefined();
            continue;
          }
          latest = Math.max(latest, Math.floor(nowMs / (of.windowMs / 10)));
          seen.push({ what: step.what, at: latest });
          const live = seen.filter(({ at }) => at > latest - 10);
          const count = (...kinds: Counted[]) => live.filter((one) => kinds.includes(one.what)).length;
          const attempts = count('success', 'failure', 'burial');
          const ratio = attempts >= of.minAttempts && count('failure', 'burial') / attempts >= of.failureRatio;
          expect(counted !== undefined).toBe(ratio || count('burial', 'unreadable') > of.maxBuries);
        }
      }),
    );
  });
});
