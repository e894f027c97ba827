import type { Clock } from '@sunbeon/core/ports';

interface Timer {
  readonly atMs: number;
  readonly fn: () => void;
}

/** Time that moves only when told. Timers run in the order they are due, those of one moment in the order they were set. */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs: number;

  /** @param nowMs where time begins, in milliseconds since the epoch. */
  constructor(nowMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = nowMs;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, fn: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), fn };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on, running each timer that falls due at its own moment, and lets what it started settle before the next. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let timer = this.#next(endMs); timer !== undefined; timer = this.#next(endMs)) {
      this.#timers.delete(timer);
      this.#nowMs = timer.atMs;
      timer.fn();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= untilMs && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    return next;
  }
}

/** A turn of the event loop: promises that are due, and those that they lead to, have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
