import { throughTiers, tiersUpTo } from './backoff.js';
import { SunbeonError } from './errors.js';
import { checkMatchers, covers, type ErrorMatcher } from './matcher.js';
import { invalidOption, refuseUnknownOptions } from './options.js';

/** What a declaration may say of its retries: a list of waits, or waits that grow. */
export interface RetryOptions {
  /**
   * The wait before each further attempt, in milliseconds. `[1_000, 60_000]` = at most three attempts. `[]` = one attempt.
   * Each distinct delay is one retry topic (`<queue>.retry.1s`), so few distinct delays are better.
   */
  readonly delaysMs?: readonly number[];
  /** Instead of a list: the first wait, in milliseconds; each further one is `factor` times as long, up to `maxMs`. */
  readonly firstMs?: number;
  /** Default: 2. */
  readonly factor?: number;
  /** The longest wait, in milliseconds. Default: ten minutes. */
  readonly maxMs?: number;
  /**
   * `full`: each wait is drawn evenly from zero to its length, so that what failed together does not come again together
   * (M. Brooker, "Exponential Backoff And Jitter", AWS, 2015). Default: `full` for waits that grow, `none` for a list.
   */
  readonly jitter?: 'full' | 'none';
  /** The first one counted; beyond the list its last wait is repeated. Default: the list's, or five for waits that grow. */
  readonly maxAttempts?: number;
  /** From the end of the first attempt on no attempt begins later than this, in milliseconds. Default: no such bound. */
  readonly maxTotalMs?: number;
  /** Only these errors are retried. Default: all. */
  readonly retryOn?: readonly ErrorMatcher[];
  /** These are not. */
  readonly neverRetryOn?: readonly ErrorMatcher[];
}

/** {@link RetryOptions} with every default filled in. */
export interface RetryPolicy {
  /** The lengths of the waits; beyond the last one it repeats. Never empty unless {@link retries} is 0. */
  readonly delaysMs: readonly number[];
  readonly jitter: 'full' | 'none';
  /** The delays of its retry topics, in rising order. */
  readonly tiersMs: readonly number[];
  /** Attempts after the first one; `Infinity` only with a {@link maxTotalMs}. */
  readonly retries: number;
  readonly maxTotalMs: number | undefined;
  readonly retryOn: readonly ErrorMatcher[] | undefined;
  readonly neverRetryOn: readonly ErrorMatcher[] | undefined;
}

/** More topics than this for one queue are more than an operator wants to see. */
const MAX_TIERS = 8;
/** Seven days: the usual retention of a topic, beyond which a waiting record is deleted. */
export const MAX_DELAY_MS = 7 * 24 * 3_600_000;
/** The default of a wait that grows: beyond it a person is sooner there. */
const LONGEST_MS = 600_000;
const ATTEMPTS = 5;
const MAX_ATTEMPTS = 1_000;

const OPTIONS = ['delaysMs', 'firstMs', 'factor', 'maxMs', 'jitter', 'maxAttempts', 'maxTotalMs', 'retryOn', 'neverRetryOn'] as const satisfies readonly (keyof RetryOptions)[]; // prettier-ignore

/**
 * @param where what the policy belongs to, e.g. `task "math.add": retry`.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function retryOf(options: RetryOptions, where: string): RetryPolicy {
  if (typeof options !== 'object' || options === null) throw invalidOption(where, options, 'Give for example { delaysMs: [1_000, 60_000] }.'); // prettier-ignore
  refuseUnknownOptions(options, OPTIONS, where);
  const isList = options.delaysMs !== undefined || options.firstMs === undefined;
  const delaysMs = isList ? listed(options, where) : growing(options, where);
  const { jitter = isList ? 'none' : 'full', maxTotalMs } = options;
  if (jitter !== 'full' && jitter !== 'none') throw invalidOption(`${where}.jitter`, jitter, "Give 'full' or 'none'.");
  if (maxTotalMs !== undefined) checkMs(`${where}.maxTotalMs`, maxTotalMs);
  const retries = retriesOf(options, delaysMs, where);
  const used = delaysMs.slice(0, retries); // it may name more waits than it ever gets to
  const policy: RetryPolicy = {
    delaysMs: Object.freeze(delaysMs),
    jitter,
    tiersMs: Object.freeze(jitter === 'full' && used.length > 0 ? tiersUpTo(used) : rising(used)),
    retries,
    maxTotalMs,
    retryOn: options.retryOn && checkMatchers(options.retryOn, `${where}.retryOn`),
    neverRetryOn: options.neverRetryOn && checkMatchers(options.neverRetryOn, `${where}.neverRetryOn`),
  };
  checkReach(policy, where);
  tiersOf([policy], where);
  return Object.freeze(policy);
}

function listed(options: RetryOptions, where: string): number[] {
  const odd = (['factor', 'maxMs'] as const).find((name) => options[name] !== undefined);
  if (odd !== undefined) throw invalidOption(`${where}.${odd}`, options[odd], 'It goes with firstMs; a list of delaysMs says it all.'); // prettier-ignore
  if (options.firstMs !== undefined) throw invalidOption(`${where}.firstMs`, options.firstMs, 'Give delaysMs or firstMs, not both.'); // prettier-ignore
  const { delaysMs } = options;
  if (!Array.isArray(delaysMs)) {
    throw new SunbeonError('OPTION_INVALID', `${where}.delaysMs is no list.`, {
      hint: 'Give the waits in milliseconds, for example [1_000, 60_000], or [] for no retry; or firstMs for waits that grow.',
      facts: { where, value: delaysMs },
    });
  }
  const bad = delaysMs.find((delay) => !isDelay(delay));
  if (bad !== undefined) {
    throw new SunbeonError('OPTION_INVALID', `${where}.delaysMs has ${bad}.`, {
      hint: `Give whole milliseconds from 1 to ${MAX_DELAY_MS} (7 days).`,
      facts: { where, value: bad },
    });
  }
  return [...delaysMs];
}

function growing({ firstMs, factor = 2, maxMs = LONGEST_MS }: RetryOptions, where: string): number[] {
  checkMs(`${where}.firstMs`, firstMs);
  checkMs(`${where}.maxMs`, maxMs);
  if (maxMs < firstMs!)
    throw invalidOption(`${where}.maxMs`, maxMs, `It must not be below firstMs, which is ${firstMs}.`);
  // Just above 1 the list would be as long as its last wait in milliseconds.
  if (factor !== 1 && !(factor >= 1.1 && factor <= 100)) throw invalidOption(`${where}.factor`, factor, 'Give a number from 1.1 to 100, or 1 for waits that do not grow.'); // prettier-ignore
  const delaysMs = [firstMs!];
  while (factor > 1 && delaysMs.at(-1)! < maxMs) delaysMs.push(Math.min(maxMs, Math.ceil(delaysMs.at(-1)! * factor)));
  return delaysMs;
}

function retriesOf(
  { maxAttempts, maxTotalMs, firstMs }: RetryOptions,
  delaysMs: readonly number[],
  where: string,
): number {
  if (maxAttempts === undefined) {
    if (firstMs === undefined) return delaysMs.length;
    return maxTotalMs === undefined ? ATTEMPTS - 1 : Infinity;
  }
  if (!Number.isInteger(maxAttempts) || maxAttempts < 1 || maxAttempts > MAX_ATTEMPTS)
    throw invalidOption(`${where}.maxAttempts`, maxAttempts, `Give a whole number from 1 to ${MAX_ATTEMPTS}.`);
  if (maxAttempts > 1 && delaysMs.length === 0) throw invalidOption(`${where}.maxAttempts`, maxAttempts, 'An empty delaysMs is no retry: give a wait.'); // prettier-ignore
  return maxAttempts - 1;
}

/** A retry that no error can reach is a mistake, not a policy. */
function checkReach({ retryOn, neverRetryOn = [] }: RetryPolicy, where: string): void {
  const dead = retryOn?.find((on) => neverRetryOn.some((never) => covers(never, on)));
  if (dead !== undefined) throw invalidOption(`${where}.retryOn`, String(dead), 'neverRetryOn has it too: leave it out of one of them.'); // prettier-ignore
}

function checkMs(where: string, value: unknown): void {
  if (!isDelay(value)) throw invalidOption(where, value, `Give whole milliseconds from 1 to ${MAX_DELAY_MS} (7 days).`);
}

function isDelay(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_DELAY_MS;
}

/**
 * The wait before the retry number `retry` (from 0), in milliseconds. One that is drawn is such that a few hops through retry topics
 * make it.
 * @param random from 0 up to 1, drawn by the caller
 */
export function delayOf({ delaysMs, jitter, tiersMs }: RetryPolicy, retry: number, random: number): number {
  const lengthMs = delaysMs[Math.min(retry, delaysMs.length - 1)]!;
  return jitter === 'none' ? lengthMs : throughTiers(lengthMs * random, tiersMs);
}

/**
 * The delays of all retry topics that these retries need, in rising order.
 * @throws SunbeonError `OPTION_INVALID` when they are too many
 */
export function tiersOf(retries: readonly RetryPolicy[], where: string): number[] {
  const tiers = rising(retries.flatMap(({ tiersMs }) => tiersMs));
  if (tiers.length <= MAX_TIERS) return tiers;
  throw new SunbeonError('OPTION_INVALID', `${where} has ${tiers.length} distinct delays.`, {
    hint: `Each is a topic of its own: use ${MAX_TIERS} at most.`,
    facts: { where, tiers: tiers.length },
  });
}

function rising(delaysMs: readonly number[]): number[] {
  return [...new Set(delaysMs)].sort((a, b) => a - b);
}
