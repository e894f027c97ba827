import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import fc from 'fast-check';
import { Pace } from './pace.js';
import { pass } from './rig.fake.js';

describe('a pace', () => {
  it('lets go no more than its rate, and all of that', () =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 3 }), async (rate, seconds) => {
        const clock = new FakeClock();
        const pace = new Pace(rate, clock);
        let taken = 0;
        let isOver = false;
        const taking = (async () => {
          while (!isOver) taken += await pace.take(100_000);
        })();
        await pass(clock, seconds * 1_000);
        const most = rate * seconds;
        expect(taken).toBeLessThanOrEqual(most);
        expect(taken).toBeGreaterThanOrEqual(Math.floor(most * 0.8) - 1);
        isOver = true;
        await pass(clock, 2_000);
        await taking;
      }),
      { numRuns: 20 },
    ));

  it('does not save up what was not used', async () => {
    const clock = new FakeClock();
    const pace = new Pace(100, clock);
    await clock.advance(60_000);
    expect(await pace.take(1_000)).toBe(10);
  });

  it('without a rate lets go all at once', async () => {
    expect(await new Pace(undefined, new FakeClock()).take(7)).toBe(7);
  });
});
