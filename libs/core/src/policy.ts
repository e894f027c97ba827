import { SunbeonError } from './errors.js';
import { refuseUnknownOptions } from './options.js';

/** What is done when an attempt fails, as data on the contract. */
export interface RetryPolicy {
  /**
   * The wait before each further attempt, in milliseconds. `[1_000, 60_000]` = at most three attempts. `[]` = one attempt.
   * Each distinct delay is one retry topic (`<queue>.retry.1s`), so few distinct delays are better.
   */
  readonly delaysMs: readonly number[];
}

/** Three retries within about a minute: long enough for a restart of what the handler depends on. */
export const DEFAULT_RETRY: RetryPolicy = Object.freeze({ delaysMs: Object.freeze([1_000, 10_000, 60_000]) });

/** More distinct delays than this make more topics than an operator wants to see. */
const MAX_TIERS = 8;
/** Seven days: the usual retention of a topic, beyond which a waiting record is deleted. */
export const MAX_DELAY_MS = 7 * 24 * 3_600_000;

/**
 * @param where what the policy belongs to, e.g. `task "math.add"`.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function validateRetry(retry: RetryPolicy, where: string): RetryPolicy {
  refuseUnknownOptions(retry, ['delaysMs'], `${where}: retry`);
  if (!Array.isArray(retry.delaysMs)) {
    throw new SunbeonError('OPTION_INVALID', `${where}: retry.delaysMs is no list.`, {
      hint: 'Give the waits in milliseconds, for example [1_000, 60_000], or [] for no retry.',
      facts: { where, value: retry.delaysMs },
    });
  }
  const bad = retry.delaysMs.find((delay) => !Number.isInteger(delay) || delay < 1 || delay > MAX_DELAY_MS);
  if (bad !== undefined) {
    throw new SunbeonError('OPTION_INVALID', `${where}: retry.delaysMs has ${bad}.`, {
      hint: `Give whole milliseconds from 1 to ${MAX_DELAY_MS} (7 days).`,
      facts: { where, value: bad },
    });
  }
  const tiers = retryTiers(retry);
  if (tiers.length > MAX_TIERS) {
    throw new SunbeonError('OPTION_INVALID', `${where}: retry.delaysMs has ${tiers.length} distinct delays.`, {
      hint: `Each is a topic of its own: use ${MAX_TIERS} at most.`,
      facts: { where, tiers: tiers.length },
    });
  }
  return Object.freeze({ delaysMs: Object.freeze([...retry.delaysMs]) });
}

/** The distinct delays of a policy in rising order: one retry topic each. */
export function retryTiers(retry: RetryPolicy): number[] {
  return [...new Set(retry.delaysMs)].sort((a, b) => a - b);
}
