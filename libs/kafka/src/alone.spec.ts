import { expect, test } from '@jest/globals';
import { type QueueSlots, Slots } from '@sunbeon/core/slots';
import { FakeClock } from '@sunbeon/testing';
import { Alone, type Stay } from './alone.js';
import { pass } from './rig.fake.js';

/** A process with three slots, and work that waits for them. */
function build(waiting = 100) {
  const [clock, slots] = [new FakeClock(), new Slots(3)];
  const state = { waiting, running: 0 };
  const queue: QueueSlots = slots.queue({
    limit: undefined,
    contracts: new Map(),
    begin() {
      if (state.waiting === 0) return false;
      state.waiting--;
      state.running++;
      queue.took('');
      return true;
    },
  });
  const end = (): void => {
    state.running--;
    queue.end('');
  };
  const alone = new Alone(slots, clock);
  const stays: (Stay | undefined)[] = [];
  const enter = (signal = new AbortController().signal): void => void alone.enter(10_000, signal).then((stay) => stays.push(stay)); // prettier-ignore
  return { clock, queue, state, end, alone, stays, enter };
}

test('one enters when what runs has ended; nothing begins from then until it leaves', async () => {
  const { clock, queue, state, end, stays, enter } = build();
  queue.ask();
  enter();
  for (let left = 2; left >= 0; left--) {
    end();
    await pass(clock, 100);
    expect([state.running, stays.length]).toEqual([left, left === 0 ? 1 : 0]);
  }
  expect(stays[0]!.isAlone).toBe(true);
  stays[0]!.leave();
  stays[0]!.leave();
  expect(state.running).toBe(3);
});

test('what does not end in time makes a stay beside it', async () => {
  const { clock, queue, state, end, stays, enter } = build();
  queue.ask();
  enter();
  end();
  await pass(clock, 10_000);
  expect([stays[0]!.isAlone, state.running]).toEqual([false, 2]);
  stays[0]!.leave();
  expect([state.running, clock.pending]).toEqual([3, 0]);
});

test('a slot that is taken by what only waits to begin does not count', async () => {
  const { clock, queue, alone, stays, enter } = build(3);
  queue.ask();
  const begins = [alone.idles(), alone.idles()];
  enter();
  await pass(clock, 100);
  expect(stays).toEqual([]);
  begins.push(alone.idles());
  await pass(clock, 100);
  expect(stays[0]!.isAlone).toBe(true);
  expect(alone.isHeld).toBe(true);
  stays[0]!.leave();
  await alone.opened();
  expect(alone.isHeld).toBe(false);
});

test('one at a time, in a row for ten seconds; then the others have as long', async () => {
  const { clock, queue, state, end, stays, enter } = build();
  for (let n = 0; n < 4; n++) enter();
  queue.ask();
  for (let n = 0; n < 3; n++) {
    await pass(clock, 4_000);
    expect([stays.length, state.running]).toEqual([n + 1, 0]);
    stays[n]!.leave();
  }
  expect(state.running).toBe(3);
  await pass(clock, 11_900);
  expect(stays.length).toBe(3);
  for (let n = 0; n < 30; n++) end();
  expect(state.running).toBe(3);
  await pass(clock, 200);
  for (let n = 0; n < 3; n++) end();
  await pass(clock, 100);
  expect([stays.length, stays[3]!.isAlone]).toEqual([4, true]);
});

test('nobody enters while somebody is watched', async () => {
  const { clock, queue, state, alone, stays, enter } = build();
  const ends = alone.watched();
  enter();
  queue.ask();
  await pass(clock, 20_000);
  expect([stays, state.running]).toEqual([[], 3]);
  ends();
  await pass(clock, 10_000);
  expect(stays).toHaveLength(1);
});

test('who leaves before its turn, or before it is alone, keeps nobody waiting and no timer', async () => {
  const { clock, queue, state, stays, enter } = build();
  queue.ask();
  const [first, second] = [new AbortController(), new AbortController()];
  enter(first.signal);
  enter(second.signal);
  second.abort();
  first.abort();
  enter(first.signal);
  await pass(clock, 100);
  expect([stays, state.running, clock.pending]).toEqual([[undefined, undefined, undefined], 3, 0]);
});
