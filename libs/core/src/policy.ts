import { DEFAULT_ON_ERROR, type ErrorPolicy, type ErrorStep, onErrorOf, retriesIn } from './error-policy.js';
import { SunbeonError } from './errors.js';
import { type HoldOptions, holdOf, type HoldPolicy } from './hold.js';
import { checkBoolean, checkOneOf, checkWhole, invalidOption } from './options.js';
import { retryOf, type RetryOptions, tiersOf } from './retry.js';

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
  /** What is done when an attempt fails, read from left to right. */
  readonly onError: readonly ErrorStep[];
  readonly order: Order;
  /** How long a failed message's lane waits for it; undefined = later ones of its lane overtake it, through a retry topic. */
  readonly hold: HoldPolicy | undefined;
  /** Undefined = no limit. */
  readonly timeLimit: TimeLimit | undefined;
  /** Of this contract's messages at most so many run at once in one consumer; undefined = as many as the consumer runs. */
  readonly concurrency: number | undefined;
  /** A result record per outcome. Without it nobody can ask what became of a message. */
  readonly recordOutcomes: boolean;
}

/** What a declaration may say of its policy. */
export interface PolicyOptions {
  /** Short for `onError` with one retry in it. Default: three retries within about a minute. */
  readonly retry?: RetryOptions;
  /** What is done when an attempt fails, read from left to right. */
  readonly onError?: readonly ErrorPolicy[];
  /** Default: `key`. */
  readonly order?: Order;
  /** How a lane waits for its failed message, where there is an order to keep; `false`: it does not. Default: `{}`. */
  readonly hold?: HoldOptions | false;
  /** The soft limit of one attempt: then the handler's signal aborts. Default: none. */
  readonly timeLimitMs?: number;
  /** Then the attempt is over whatever the handler does. Default: 10 s after the soft limit. */
  readonly hardTimeLimitMs?: number;
  /** Of these messages at most so many run at once in one consumer. Default: as many as the consumer runs. */
  readonly concurrency?: number;
  /** Write a result record per outcome. Default: true for tasks, false for events. */
  readonly recordOutcomes?: boolean;
}

/** Policies of a deployment, by contract: a task's name, or `<event>@<group>`. They stand above the handler's and the contract's. */
export type Policies = Readonly<Record<string, PolicyOptions>>;

/** The names of {@link PolicyOptions}, for those who refuse unknown ones. */
export const POLICY_OPTIONS = [
  'retry',
  'onError',
  'order',
  'hold',
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
  checkOneOf(`${where}: order`, order, ORDERS);
  const { concurrency = base.concurrency } = options;
  if (concurrency !== undefined) checkWhole(`${where}: concurrency`, concurrency, { least: 1, most: 1_000_000 });
  const recordOutcomes = options.recordOutcomes ?? base.recordOutcomes ?? true;
  checkBoolean(`${where}: recordOutcomes`, recordOutcomes);
  return Object.freeze({
    onError: onErrorFrom(options, where) ?? base.onError ?? DEFAULT_ON_ERROR,
    order,
    hold: holdFrom(options, base, order) && holdOf(options.hold || {}, where, base.hold),
    timeLimit: timeLimitOf(options, where) ?? base.timeLimit,
    concurrency,
    recordOutcomes,
  });
}

/** Without an order there is nothing to hold. */
function holdFrom({ hold }: PolicyOptions, base: Partial<Policy>, order: Order): true | undefined {
  if (order === 'none' || hold === false) return undefined;
  const isOffBefore = 'order' in base && base.order !== 'none' && base.hold === undefined;
  return hold === undefined && isOffBefore ? undefined : true;
}

function timeLimitOf({ timeLimitMs, hardTimeLimitMs }: PolicyOptions, where: string): TimeLimit | undefined {
  if (timeLimitMs === undefined && hardTimeLimitMs === undefined) return undefined;
  const softMs = timeLimitMs ?? hardTimeLimitMs!;
  const hardMs = hardTimeLimitMs ?? Math.min(softMs + AFTER_SOFT_MS, MAX_TIME_LIMIT_MS);
  checkWhole(`${where}: timeLimitMs`, softMs, { least: 1, most: MAX_TIME_LIMIT_MS });
  checkWhole(`${where}: hardTimeLimitMs`, hardMs, { least: 1, most: MAX_TIME_LIMIT_MS });
  if (hardMs < softMs)
    throw invalidOption(`${where}: hardTimeLimitMs`, hardMs, `It must not be below timeLimitMs, which is ${softMs}.`);
  return Object.freeze({ softMs, hardMs });
}

function onErrorFrom({ retry, onError }: PolicyOptions, where: string): readonly ErrorStep[] | undefined {
  if (onError === undefined) return retry && Object.freeze([Object.freeze({ verb: 'retry', retry: retryOf(retry, `${where}: retry`) } as const)]); // prettier-ignore
  if (retry === undefined) return onErrorOf(onError, where);
  throw new SunbeonError('OPTION_INVALID', `${where}: retry and onError are both given.`, {
    hint: 'Put the retry into onError, at its place: onError: [{ retry: { … } }, …].',
    facts: { where },
  });
}

/** The delays of the retry topics that a policy needs, in milliseconds, in rising order. */
export function retryTiers({ onError }: Pick<Policy, 'onError'>): number[] {
  return tiersOf(retriesIn(onError), 'onError');
}
