import type { Clock } from '@sunbeon/core/ports';

/** Until when the tries of one send may begin. */
export class TryLimit {
  readonly #untilMs: number;
  readonly #cancel: (() => void) | undefined;
  #isOver = false;

  /** @param tryingMs undefined = there is none */
  constructor(
    private readonly clock: Clock,
    tryingMs: number | undefined,
  ) {
    this.#untilMs = tryingMs === undefined ? Infinity : clock.now() + tryingMs;
    this.#cancel = tryingMs === undefined ? undefined : clock.after(tryingMs, () => (this.#isOver = true));
  }

  /** By a timer, for a clock may be set back; and by the clock, for the timers of a process that was stopped come late. */
  get isOver(): boolean {
    return this.#isOver || this.clock.now() > this.#untilMs;
  }

  /** The send is over. */
  end(): void {
    this.#cancel?.();
  }
}
