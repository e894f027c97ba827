/** Below this many records in a request nobody is in a hurry to share one: the next call leaves at once. */
const FEW = 20;
/** From here on a larger request saves next to nothing. */
const ENOUGH = 100;
/** Waiting a millisecond longer must bring half as much again. */
const WORTH = 1.5;
/** Requests before it is tried again after it was not worth it. */
const REST = 64;

/**
 * How long a request waits for more records before it leaves, in whole milliseconds (Node's timers have no finer). Nothing while it is
 * quiet or while waiting brings nothing, as when all callers wait for their acknowledgement; a step longer while each step makes
 * the requests half as large again.
 */
export class Linger {
  readonly #maxMs: number;
  #ms = 0;
  #rest = 0;

  constructor(maxMs: number) {
    this.#maxMs = maxMs;
  }

  /** For the next request, when so many records are there already. */
  msFor(records: number): number {
    return records >= ENOUGH ? 0 : this.#ms;
  }

  /** A request is about to leave, with so many records before it waited and after. */
  leaves({
    waitedMs,
    before,
    all,
  }: {
    readonly waitedMs: number;
    readonly before: number;
    readonly all: number;
  }): void {
    if (all < FEW) this.#ms = 0;
    else if (waitedMs === 0) this.#tryAgain(all);
    else if (all < before * WORTH) this.#shorten();
    else if (all < ENOUGH) this.#ms = Math.min(this.#maxMs, waitedMs + 1);
  }

  #tryAgain(all: number): void {
    if (this.#ms > 0 || all >= ENOUGH || this.#rest-- > 0) return;
    this.#ms = Math.min(1, this.#maxMs);
  }

  #shorten(): void {
    this.#ms = Math.max(0, this.#ms - 1);
    if (this.#ms === 0) this.#rest = REST;
  }
}
