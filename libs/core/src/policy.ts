import { SunbeonError } from './errors.js';
import { refuseUnknownOptions } from './options.js';

/**
 * What must not run at once: `key` = messages with one key run one at a time, in the order sent; `partition` = all of one
 * partition do; `none` = no order.
 */
export type Order = 'key' | 'partition' | 'none';

/** How long one attempt may take, in milliseconds. */
export interface TimeLimit {
  /** The handler's signal aborts: whatever comes then is a failure, `TIME_LIMIT_EXCEEDED`. */
  readonly softMs: number;
  /** The attempt is over, whether the handler has ended or not; a thread (`isolate: 'thread'`) is ended with it. */
  readonly hardMs: number;
}

/** How a contract's messages are worked on: as data, with every default filled in. */
export interface Policy {
  readonly retry: RetryPolicy;
  readonly order: Order;
  /** Undefined = no limit. */
  readonly timeLimit: TimeLimit | undefined;
  /** Of this contract's messages at most so many run at once in one consumer; undefined = as many as the consumer runs. */
  readonly concurrency: number | undefined;
  /** A result record per outcome. Without it nobody can ask what became of a message. */
  readonly recordOutcomes: boolean;
}

/** What a declaration may say of its policy. */
export interface PolicyOptions {
  /** Default: three retries within about a minute. */
  readonly retry?: RetryPolicy;
  /** Default: `key`. */
  readonly order?: Order;
  /** The soft limit of one attempt: then the handler's signal aborts. Default: none. */
  readonly timeLimitMs?: number;
  /** Then the attempt is over whatever the handler does. Default: 10 s after the soft limit. */
  readonly hardTimeLimitMs?: number;
  /** Of these messages at most so many run at once in one consumer. Default: as many as the consumer runs. */
  readonly concurrency?: number;
  /** Write a result record per outcome. Default: true for tasks, false for events. */
  readonly recordOutcomes?: boolean;
}

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

/** The names of {@link PolicyOptions}, for those who refuse unknown ones. */
export const POLICY_OPTIONS = [
  'retry',
  'order',
  'timeLimitMs',
  'hardTimeLimitMs',
  'concurrency',
  'recordOutcomes',
] as const satisfies readonly (keyof PolicyOptions)[];

const ORDERS: readonly Order[] = ['key', 'partition', 'none'];
/** Between the two limits a handler that heeds its signal tidies up. */
const AFTER_SOFT_MS = 10_000;
/** The longest wait of a timer in JavaScript, about 24 days. */
const MAX_TIME_LIMIT_MS = 2 ** 31 - 1;

/**
 * A policy with its defaults filled in.
 * @param base what is not said in `options`: the contract's policy for a handler, nothing for a contract.
 * @param where what the policy belongs to, e.g. `task "math.add"`.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function policyOf(options: PolicyOptions, base: Partial<Policy>, where: string): Policy {
  const order = options.order ?? base.order ?? 'key';
  if (!ORDERS.includes(order)) throw invalid(where, 'order', order, `Give one of ${ORDERS.join(', ')}.`);
  const { concurrency = base.concurrency } = options;
  if (concurrency !== undefined) checkWhole(where, 'concurrency', concurrency, 1_000_000);
  const recordOutcomes: unknown = options.recordOutcomes ?? base.recordOutcomes ?? true;
  if (typeof recordOutcomes !== 'boolean')
    throw invalid(where, 'recordOutcomes', recordOutcomes, 'Give true or false.');
  return Object.freeze({
    retry: options.retry === undefined ? (base.retry ?? DEFAULT_RETRY) : validateRetry(options.retry, where),
    order,
    timeLimit: timeLimitOf(options, where) ?? base.timeLimit,
    concurrency,
    recordOutcomes,
  });
}

function timeLimitOf({ timeLimitMs, hardTimeLimitMs }: PolicyOptions, where: string): TimeLimit | undefined {
  if (timeLimitMs === undefined && hardTimeLimitMs === undefined) return undefined;
  const softMs = timeLimitMs ?? hardTimeLimitMs!;
  const hardMs = hardTimeLimitMs ?? Math.min(softMs + AFTER_SOFT_MS, MAX_TIME_LIMIT_MS);
  checkWhole(where, 'timeLimitMs', softMs, MAX_TIME_LIMIT_MS);
  checkWhole(where, 'hardTimeLimitMs', hardMs, MAX_TIME_LIMIT_MS);
  if (hardMs < softMs)
    throw invalid(where, 'hardTimeLimitMs', hardMs, `It must not be below timeLimitMs, which is ${softMs}.`);
  return Object.freeze({ softMs, hardMs });
}

// eslint-disable-next-line max-params -- what an error message needs
function checkWhole(where: string, name: string, value: unknown, max: number): void {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max) return;
  throw invalid(where, name, value, `Give a whole number from 1 to ${max}.`);
}

// eslint-disable-next-line max-params -- what an error message needs
function invalid(where: string, name: string, value: unknown, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${where}: ${name} is ${String(value)}.`, {
    hint,
    facts: { where, value },
  });
}

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
