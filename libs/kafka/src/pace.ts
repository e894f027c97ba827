import type { Clock } from '@sunbeon/core/ports';

/** Steps that a second is divided into: what one step allows goes at once. */
const STEPS = 10;

/** So many a second, evenly: never more than a tenth of a second's share at once, and what was not used is lost. */
export class Pace {
  #allowance = 0;
  #sinceMs: number;

  /** @param perSecond undefined = as many as come */
  constructor(
    private readonly perSecond: number | undefined,
    private readonly clock: Clock,
  ) {
    this.#sinceMs = clock.now();
  }

  /** Waits until one may go at least. @returns how many may, `most` at most */
  async take(most: number): Promise<number> {
    if (this.perSecond === undefined) return most;
    for (this.#refill(this.perSecond); this.#allowance < 1; this.#refill(this.perSecond))
      await new Promise<void>((resume) => this.clock.after(this.#untilOne(this.perSecond!), resume));
    const taken = Math.min(most, Math.floor(this.#allowance));
    this.#allowance -= taken;
    return taken;
  }

  #refill(perSecond: number): void {
    const nowMs = this.clock.now();
    const earned = (Math.max(0, nowMs - this.#sinceMs) * perSecond) / 1_000;
    this.#allowance = Math.min(this.#allowance + earned, Math.max(1, perSecond / STEPS));
    this.#sinceMs = nowMs;
  }

  #untilOne(perSecond: number): number {
    const missing = ((1 - this.#allowance) * 1_000) / perSecond;
    return Math.ceil(Math.max(missing, 1_000 / STEPS));
  }
}
