import { delayAfter } from './backoff.js';
import type { Failure } from './errors.js';
import type { Outcome, Verdict } from './outcome.js';
import { MAX_DELAY_MS, type RetryPolicy } from './policy.js';

/** What of the message counts: its envelope fits. */
export interface Judged {
  /** The attempt that just ended, from 1. */
  readonly attempt: number;
  /** In milliseconds since the epoch; undefined = it never expires. */
  readonly deadlineMs: number | undefined;
}

/**
 * Outcome + policy + now → verdict. Pure: the whole error policy is this table.
 * @param nowMs milliseconds since the epoch.
 */
// eslint-disable-next-line max-params -- the four columns of the table
export function decide(outcome: Outcome, message: Judged, retry: RetryPolicy, nowMs: number): Verdict {
  const delayMs = delayAfter(message.attempt, retry);
  switch (outcome.kind) {
    case 'done':
      return { kind: 'finish', output: outcome.output };
    case 'drop':
      return { kind: 'drop', reason: outcome.reason };
    case 'expired':
      return expired('its deadline had passed before it could be run');
    case 'bury':
    case 'unreadable':
      return { kind: 'bury', error: outcome.error };
    case 'unavailable':
      return { kind: 'hold', error: outcome.error };
    case 'failed':
      if (!outcome.error.retriable) return { kind: 'bury', error: outcome.error };
      return again(outcome.error, delayMs, { nowMs, deadlineMs: message.deadlineMs });
    case 'retry':
      return again(outcome.error, delayMs && (usable(outcome.delayMs) ?? delayMs), { nowMs, deadlineMs: message.deadlineMs }); // prettier-ignore
  }
}

/**
 * A retry that would come at the deadline or later is not made, and nobody need look at what nobody wants any more.
 * @param delayMs undefined = no attempt is left.
 */
function again(
  error: Failure,
  delayMs: number | undefined,
  { nowMs, deadlineMs = Infinity }: { readonly nowMs: number; readonly deadlineMs: number | undefined },
): Verdict {
  const atMs = nowMs + (delayMs ?? 0);
  if (atMs >= deadlineMs) return expired(`its deadline left no time for another attempt; the last one failed: ${error.name}: ${error.message}`); // prettier-ignore
  return delayMs === undefined ? { kind: 'bury', error } : { kind: 'retry', atMs, error };
}

function expired(reason: string): Verdict {
  return { kind: 'drop', reason, code: 'EXPIRED' };
}

/** A handler computes its delay: a fraction is rounded up, and what is no wait at all (NaN, negative, infinite) is the policy's. */
function usable(askedMs: number | undefined): number | undefined {
  if (typeof askedMs !== 'number' || !(askedMs >= 0 && askedMs < Infinity)) return undefined;
  return Math.min(Math.ceil(askedMs), MAX_DELAY_MS);
}
