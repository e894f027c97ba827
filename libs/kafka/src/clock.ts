import type { Clock } from '@sunbeon/core/ports';

/** The machine's own time. A timer that waits keeps the process alive: who sets one cancels it at its stop. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, fn) {
    const timer = setTimeout(fn, Math.min(delayMs, LONGEST_TIMER_MS));
    return () => clearTimeout(timer);
  },
};

/** Node's timers hold a signed 32-bit number of milliseconds; whoever waits longer looks again then. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
