import type { QueuePause } from '@sunbeon/core/breaker';
import type { Outcome, Verdict } from '@sunbeon/core';

/** Whether a queue's work may begin: what its consumer asks, and tells of its attempts. */
export interface Gate {
  /** Why nothing begins, or only probes do; undefined = it is open. */
  readonly paused: QueuePause | undefined;
  /** @param work how many could begin: whoever has none does not ask for probes */
  mayBegin(work: { readonly waiting: number }): boolean;
  /** A work is any object that stays the same from here to {@link ended}. */
  began(work: object): void;
  judged(work: object, of: { readonly verdict: Verdict; readonly outcome: Outcome; readonly nowMs: number }): void;
  ended(work: object): void;
  /** Calls back when it may be asked again. */
  whenOpen(ask: () => void): void;
}
