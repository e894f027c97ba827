import { describe, expect, it } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import { watchStall } from './stall.js';

function watched() {
  const clock = new FakeClock();
  const stalls: number[] = [];
  const heard = { ms: clock.now() };
  const end = watchStall({ clock, stallTimeoutMs: 60_000, heardMs: () => heard.ms, onStall: (ms) => stalls.push(ms) });
  return { clock, stalls, heard, end };
}

describe('a client that is watched', () => {
  it('has stalled when nothing was heard of it for the stall timeout, which is told once', async () => {
    const { clock, stalls } = watched();
    await clock.advance(59_000);
    expect(stalls).toEqual([]);
    await clock.advance(600_000);
    expect(stalls).toEqual([60_000]);
    expect(clock.pending).toBe(0);
  });

  it('has not stalled as long as it is heard of now and then', async () => {
    const { clock, stalls, heard } = watched();
    for (let i = 0; i < 20; i++) {
      await clock.advance(55_000);
      heard.ms = clock.now();
    }
    expect(stalls).toEqual([]);
  });

  it('is given time to hear of its broker when the whole process was stopped', async () => {
    const { clock, stalls } = watched();
    const stopped = { now: () => clock.now() + 3_600_000, after: clock.after.bind(clock) };
    watchStall({ clock: stopped, stallTimeoutMs: 60_000, heardMs: () => 0, onStall: (ms) => stalls.push(ms) });
    await clock.advance(11_000);
    expect(stalls).toEqual([]);
  });

  it('is not watched any more after the end', async () => {
    const { clock, stalls, end } = watched();
    await clock.advance(55_000);
    end();
    await clock.advance(600_000);
    expect(stalls).toEqual([]);
  });
});
