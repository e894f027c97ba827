import { delayAfter } from './backoff.js';
import type { Failure } from './errors.js';
import type { Outcome, Verdict } from './outcome.js';
import { MAX_DELAY_MS, type RetryPolicy } from './policy.js';

/**
 * Outcome + policy + now → verdict. Pure: the whole error policy is this table.
 * @param attempt the attempt that just ended, from 1.
 * @param nowMs milliseconds since the epoch.
 */
// eslint-disable-next-line max-params -- the four columns of the table
export function decide(outcome: Outcome, attempt: number, retry: RetryPolicy, nowMs: number): Verdict {
  const delayMs = delayAfter(attempt, retry);
  switch (outcome.kind) {
    case 'done':
      return { kind: 'finish', output: outcome.output };
    case 'drop':
      return { kind: 'drop', reason: outcome.reason };
    case 'bury':
    case 'unreadable':
      return { kind: 'bury', error: outcome.error };
    case 'unavailable':
      return { kind: 'hold', error: outcome.error };
    case 'failed':
      if (!outcome.error.retriable) return { kind: 'bury', error: outcome.error };
      return again(outcome.error, delayMs, nowMs);
    case 'retry':
      return again(outcome.error, delayMs && (usable(outcome.delayMs) ?? delayMs), nowMs);
  }
}

/** @param delayMs undefined = no attempt is left. */
function again(error: Failure, delayMs: number | undefined, nowMs: number): Verdict {
  return delayMs === undefined ? { kind: 'bury', error } : { kind: 'retry', atMs: nowMs + delayMs, error };
}

/** A handler computes its delay: a fraction is rounded up, and what is no wait at all (NaN, negative, infinite) is the policy's. */
function usable(askedMs: number | undefined): number | undefined {
  if (typeof askedMs !== 'number' || !(askedMs >= 0 && askedMs < Infinity)) return undefined;
  return Math.min(Math.ceil(askedMs), MAX_DELAY_MS);
}
