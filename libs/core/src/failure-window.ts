/** What a verdict is to the breaker; `nothing`: it says nothing about the queue's health. */
export type Counted = 'success' | 'failure' | 'burial' | 'unreadable' | 'nothing';

export interface WindowLimits {
  /** How far back is counted, in milliseconds. */
  readonly windowMs: number;
  /** In (0, 1]: of the attempts in the window so many may fail before the queue is paused. */
  readonly failureRatio: number;
  /** Below so many attempts in the window the ratio says nothing. */
  readonly minAttempts: number;
  /** So many messages may be buried in the window. */
  readonly maxBuries: number;
}

interface Bucket {
  /** Since the epoch, in units of a bucket's length. */
  readonly at: number;
  attempts: number;
  failures: number;
  buries: number;
}

/** The window moves on by a tenth of its length at a time. */
const BUCKETS = 10;

/** How many attempts failed, and how many messages were buried, within the last while; in ten counters, whatever the load. */
export class FailureWindow {
  readonly #bucketMs: number;
  #buckets: Bucket[] = [];
  #sum = { attempts: 0, failures: 0, buries: 0 };

  constructor(private readonly limits: WindowLimits) {
    this.#bucketMs = limits.windowMs / BUCKETS;
  }

  /** @param nowMs a clock that is set back counts where it was. @returns the reason to pause, if there is one now */
  count(what: Counted, nowMs: number): string | undefined {
    const add = COUNTS[what];
    if (add === undefined) return undefined;
    for (const sum of [this.#bucketOf(nowMs), this.#sum]) {
      sum.attempts += add[0];
      sum.failures += add[1];
      sum.buries += add[2];
    }
    return this.#reason();
  }

  clear(): void {
    this.#buckets = [];
    this.#sum = { attempts: 0, failures: 0, buries: 0 };
  }

  #bucketOf(nowMs: number): Bucket {
    const last = this.#buckets.at(-1);
    const at = Math.max(Math.floor(nowMs / this.#bucketMs), last?.at ?? -Infinity);
    if (last?.at === at) return last;
    while (this.#buckets.length > 0 && this.#buckets[0]!.at <= at - BUCKETS) this.#forget(this.#buckets.shift()!);
    const fresh = { at, attempts: 0, failures: 0, buries: 0 };
    this.#buckets.push(fresh);
    return fresh;
  }

  #forget({ attempts, failures, buries }: Bucket): void {
    this.#sum.attempts -= attempts;
    this.#sum.failures -= failures;
    this.#sum.buries -= buries;
  }

  #reason(): string | undefined {
    const { attempts, failures, buries } = this.#sum;
    const { failureRatio, minAttempts, maxBuries, windowMs } = this.limits;
    const within = `within ${windowMs / 1_000} s`;
    if (attempts >= minAttempts && failures / attempts >= failureRatio)
      return `${failures} of ${attempts} attempts failed ${within}`;
    return buries > maxBuries ? `${buries} messages were buried ${within}` : undefined;
  }
}

/** Attempts, failures and burials that each counts as. What cannot be read was never attempted. */
const COUNTS: Readonly<Record<Counted, readonly [number, number, number] | undefined>> = {
  success: [1, 0, 0],
  failure: [1, 1, 0],
  burial: [1, 1, 1],
  unreadable: [0, 0, 1],
  nothing: undefined,
};
