import { type ErrorStep, isFor } from './error-policy.js';
import type { Failure } from './errors.js';
import type { Verdict } from './outcome.js';
import { delayOf, MAX_DELAY_MS, type RetryPolicy } from './retry.js';

/** What of the message counts: its envelope fits. */
export interface Judged {
  /** The attempt that just ended, from 1. */
  readonly attempt: number;
  /** In milliseconds since the epoch; undefined = it never expires. */
  readonly deadlineMs: number | undefined;
  /** When its first attempt ended, in milliseconds since the epoch; undefined = this was the first. */
  readonly retryingSinceMs: number | undefined;
  /** So many attempts at most, whatever the policy says. */
  readonly maxAttempts?: number | undefined;
}

/** By what it is judged. */
export interface Judgement {
  /** Read from left to right. */
  readonly onError: readonly ErrorStep[];
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  /** Its lane waits for it so long at most, from the end of its first attempt on, in milliseconds. */
  readonly holdMs?: number | undefined;
  /** From 0 up to 1: for waits that are drawn. */
  readonly random: number;
}

/** `asked`: what a handler says when it asks for a retry itself; then the errors that the policy retries do not matter. */
interface Asked {
  readonly delayMs: number | undefined;
}

/** A failed attempt: reads the list from left to right. Of the attempts so far each retry has had its own, the first ones first. */
// eslint-disable-next-line max-params -- the columns of the table
export function judgeFailure(error: Failure, message: Judged, by: Judgement, asked?: Asked): Verdict {
  let before = message.attempt - 1;
  const notify: string[] = [];
  for (const step of by.onError) {
    if (!(asked !== undefined && step.verb === 'retry') && !isFor(step, error)) continue;
    if (step.verb === 'notify') notify.push(...step.channels);
    if (step.verb === 'ignore') return told(inTime({ kind: 'drop', code: 'IGNORED', reason: said(error), error }, error, message, by.nowMs), notify); // prettier-ignore
    if (step.verb === 'human') break;
    if (step.verb !== 'retry' || !error.retriable || message.attempt >= (message.maxAttempts ?? Infinity)) continue;
    const atMs = nextAttempt(step.retry, before, message, { ...by, asked });
    if (atMs !== undefined) return told(inTime({ kind: 'retry', atMs, error }, error, message, atMs), notify);
    before = Math.max(0, before - step.retry.retries);
  }
  return told(error.retriable ? inTime({ kind: 'bury', error }, error, message, by.nowMs) : { kind: 'bury', error }, notify); // prettier-ignore
}

/** When the next attempt of this retry is due; undefined when it has none left. */
// eslint-disable-next-line max-params -- the columns of the table
function nextAttempt(
  retry: RetryPolicy,
  before: number,
  { retryingSinceMs }: Judged,
  by: Judgement & { readonly asked: Asked | undefined },
): number | undefined {
  if (before >= retry.retries) return undefined;
  // No retry began in the future: whoever said so has another clock, or is not one of us.
  const sinceMs = Math.min(retryingSinceMs ?? by.nowMs, by.nowMs);
  const atMs = by.nowMs + (usable(by.asked?.delayMs) ?? delayOf(retry, before, by.random));
  return atMs - sinceMs > Math.min(retry.maxTotalMs ?? Infinity, by.holdMs ?? Infinity) ? undefined : atMs;
}

/** What would come at the deadline or later is not done, and nobody need look at what nobody wants any more. */
// eslint-disable-next-line max-params -- the columns of the table
function inTime(verdict: Verdict, error: Failure, { deadlineMs = Infinity }: Judged, atMs: number): Verdict {
  return atMs < deadlineMs ? verdict : expired(`its deadline left no time for another attempt; the last one failed: ${said(error)}`); // prettier-ignore
}

function said({ name, message }: Failure): string {
  return `${name}: ${message}`;
}

export function expired(reason: string): Verdict {
  return { kind: 'drop', reason, code: 'EXPIRED' };
}

/** Of what is buried whatever the policy says: who is told. */
export function channelsFor(onError: readonly ErrorStep[], error: Failure): string[] {
  return onError.flatMap((step) => (step.verb === 'notify' && isFor(step, error) ? step.channels : []));
}

export function told(verdict: Verdict, notify: readonly string[]): Verdict {
  return notify.length === 0 ? verdict : { ...verdict, notify: [...new Set(notify)] };
}

/** A handler computes its delay: a fraction is rounded up, and what is no wait at all (NaN, negative, infinite) is the policy's. */
function usable(askedMs: number | undefined): number | undefined {
  if (typeof askedMs !== 'number' || !(askedMs >= 0 && askedMs < Infinity)) return undefined;
  return Math.min(Math.ceil(askedMs), MAX_DELAY_MS);
}
