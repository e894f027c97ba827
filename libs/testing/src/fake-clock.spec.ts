import { describe, expect, it } from '@jest/globals';
import { FakeClock } from './fake-clock.js';

describe('FakeClock', () => {
  it('runs timers in the order they are due, each at its own moment', async () => {
    const clock = new FakeClock(0);
    const ran: string[] = [];
    clock.after(20, () => ran.push(`b@${clock.now()}`));
    clock.after(10, () => ran.push(`a@${clock.now()}`));
    clock.after(20, () => ran.push(`c@${clock.now()}`));
    clock.after(31, () => ran.push('late'));
    await clock.advance(30);
    expect(ran).toEqual(['a@10', 'b@20', 'c@20']);
    expect([clock.now(), clock.pending]).toEqual([30, 1]);
  });

  it('lets a timer set another, and promises settle in between', async () => {
    const clock = new FakeClock(0);
    const ran: number[] = [];
    clock.after(10, () => void Promise.resolve().then(() => clock.after(10, () => ran.push(clock.now()))));
    await clock.advance(25);
    expect(ran).toEqual([20]);
  });

  it('does not run what was cancelled', async () => {
    const clock = new FakeClock();
    let ran = false;
    clock.after(5, () => (ran = true))();
    await clock.advance(10);
    expect(ran).toBe(false);
  });
});
