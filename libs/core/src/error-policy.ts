import { ERROR_CODES, type ErrorCode, type Failure, SunbeonError } from './errors.js';
import { checkMatchers, covers, type ErrorClass, type ErrorMatcher, isMeant, wordOf } from './matcher.js';
import { refuseUnknownOptions } from './options.js';
import { retryOf, type RetryOptions, type RetryPolicy, tiersOf } from './retry.js';

/** Which errors a policy is for. Default: all. */
interface Meant {
  readonly on?: readonly ErrorMatcher[];
  readonly except?: readonly ErrorMatcher[];
}

/**
 * What is done about an error. Policies stand in a list and are read from left to right: `retry` applies while it has attempts
 * left, then the next one is read; `notify` tells people and reads on; `ignore` and `human` end the list. At its end stands
 * `human`, said or not: what nobody has decided lies in the DLQ.
 */
export type ErrorPolicy =
  | { readonly retry: RetryOptions }
  /** The channels of the deployment that tell people, by name. */
  | ({ readonly notify: string | readonly string[] } & Meant)
  /** Finish it, count it and say so: nobody needs to look. */
  | ({ readonly ignore: true } & Meant)
  /** Bury it in the DLQ for a person. */
  | ({ readonly human: true } & Meant);

/** An {@link ErrorPolicy} with every default filled in. */
export type ErrorStep =
  | { readonly verb: 'retry'; readonly retry: RetryPolicy }
  | ({ readonly verb: 'notify'; readonly channels: readonly string[] } & Meant)
  | ({ readonly verb: 'ignore' | 'human' } & Meant);

const VERBS = ['retry', 'notify', 'ignore', 'human'] as const;

/** Three retries within about a minute: long enough for a restart of what the handler depends on. */
export const DEFAULT_ON_ERROR: readonly ErrorStep[] = Object.freeze([
  Object.freeze({ verb: 'retry', retry: retryOf({ delaysMs: [1_000, 10_000, 60_000] }, 'default') } as const),
]);

/**
 * @param where what the policies belong to, e.g. `task "math.add"`.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`, also for a policy that no error can reach
 */
export function onErrorOf(policies: readonly ErrorPolicy[], where: string): readonly ErrorStep[] {
  if (!Array.isArray(policies)) throw refused(`${where}: onError`, 'is no list.', 'Give the policies from left to right, for example [{ retry: { delaysMs: [1_000] } }, { human: true }].'); // prettier-ignore
  const steps = policies.map((policy, i) => stepOf(policy as ErrorPolicy, `${where}: onError[${i}]`));
  steps.forEach((_, i) => checkReached(steps, i, where));
  tiersOf(retriesIn(steps), `${where}: onError`);
  return Object.freeze(steps);
}

function stepOf(policy: ErrorPolicy, where: string): ErrorStep {
  const verbs = VERBS.filter((verb) => verb in ((policy as object | null) ?? {}));
  if (verbs.length !== 1) throw refused(where, verbs.length === 0 ? 'says nothing.' : `says ${verbs.join(' and ')}.`, `Give one of ${VERBS.join(', ')}; another one is another policy of the list.`); // prettier-ignore
  const [verb] = verbs;
  refuseUnknownOptions(policy, verb === 'retry' ? ['retry'] : [verb!, 'on', 'except'], where);
  if ('retry' in policy) return Object.freeze({ verb: 'retry', retry: retryOf(policy.retry, `${where}.retry`) });
  const meant = meantOf(policy, where);
  if ('notify' in policy) return Object.freeze({ verb: 'notify', channels: channelsOf(policy.notify, where), ...meant }); // prettier-ignore
  const said: unknown = 'ignore' in policy ? policy.ignore : policy.human;
  if (said !== true) throw refused(`${where}.${verb}`, `is ${String(said)}.`, 'Give true, or leave the policy out.');
  return Object.freeze({ verb: verb as 'ignore' | 'human', ...meant });
}

function meantOf({ on, except }: Meant, where: string): Meant {
  return {
    ...(on === undefined ? {} : { on: checkMatchers(on, `${where}.on`) }),
    ...(except === undefined ? {} : { except: checkMatchers(except, `${where}.except`) }),
  };
}

function channelsOf(notify: unknown, where: string): readonly string[] {
  const channels: unknown[] = Array.isArray(notify) ? notify : [notify];
  if (channels.length > 0 && channels.every((name) => typeof name === 'string' && name !== '')) return Object.freeze(channels as string[]); // prettier-ignore
  throw refused(`${where}.notify`, `is ${String(notify)}.`, "Give the name of a channel of the deployment, for example 'ops'."); // prettier-ignore
}

/* ---- What can never be reached is refused. ---- */

function checkReached(steps: readonly ErrorStep[], at: number, where: string): void {
  const [here, step] = [`${where}: onError[${at}]`, steps[at]!];
  const taken = steps.slice(0, at).find((end) => isEnd(end) && takesAll(end, step));
  if (taken !== undefined) throw unreached(here, `"${taken.verb}" before it takes every error that it is for`);
  if (step.verb !== 'retry') return checkMeant(step, here);
  if (step.retry.retries === 0) throw unreached(here, 'it has no retry to make');
  const bounded = steps.slice(0, at).some((one) => one.verb === 'retry' && one.retry.maxTotalMs !== undefined);
  if (bounded) throw unreached(here, 'a retry before it has maxTotalMs, and must be the last one: nobody could tell which attempts were whose'); // prettier-ignore
  const word = step.retry.retryOn?.map(wordOf).find((one) => one !== undefined && isHopeless(one));
  if (word !== undefined) throw unreached(`${here}.retry.retryOn`, `${word} is never retried`);
}

function isEnd(step: ErrorStep): step is Extract<ErrorStep, { verb: 'ignore' | 'human' }> {
  return step.verb === 'ignore' || step.verb === 'human';
}

/** Codes of ours that no retry can mend (a schema or validation error): `decide` never retries them. */
function isHopeless(word: string): boolean {
  return Object.hasOwn(ERROR_CODES, word) && !ERROR_CODES[word as ErrorCode].retriable;
}

function checkMeant({ on, except = [] }: Meant, where: string): void {
  const dead = on?.find((one) => except.some((not) => covers(not, one)));
  if (dead !== undefined) throw unreached(`${where}.on`, `"except" has ${wordOf(dead) ?? 'it'} too`);
}

/** Whether every error that the later step is for is taken by the earlier one. */
function takesAll(end: Meant, later: ErrorStep): boolean {
  if (end.except !== undefined) return false;
  if (end.on === undefined) return true;
  const narrow = later.verb === 'retry' ? later.retry.retryOn : later.on;
  return narrow !== undefined && narrow.every((one) => end.on!.some((wide) => covers(wide, one)));
}

function unreached(where: string, why: string): SunbeonError {
  return refused(where, `can never be reached: ${why}.`, 'Policies are read from left to right: move it, or leave it out.'); // prettier-ignore
}

function refused(where: string, what: string, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${where} ${what}`, { hint, facts: { where } });
}

/* ---- For those who read them. ---- */

export function retriesIn(steps: readonly ErrorStep[]): RetryPolicy[] {
  return steps.flatMap((step) => (step.verb === 'retry' ? [step.retry] : []));
}

/** The channels that are told, by name. */
export function channelsIn(steps: readonly ErrorStep[]): string[] {
  return steps.flatMap((step) => (step.verb === 'notify' ? step.channels : []));
}

/** Whether a step is for this failure. A retry leaves alone what no retry can help. */
export function isFor(step: ErrorStep, failure: Failure): boolean {
  const [on, except] = step.verb === 'retry' ? [step.retry.retryOn, step.retry.neverRetryOn] : [step.on, step.except];
  return (on === undefined || isMeant(failure, on)) && !(except !== undefined && isMeant(failure, except));
}

/** The list as plain data, for people and API documents: functions of a failure are only named. */
export function describeOnError(steps: readonly ErrorStep[]): object[] {
  const words = (matchers: readonly ErrorMatcher[]): string[] => matchers.map((one) => wordOf(one) ?? `${(one as ErrorClass).name}()`); // prettier-ignore
  return steps.map((step) => {
    if (step.verb !== 'retry') {
      const { verb, on, except } = step;
      const said = 'channels' in step ? step.channels : true;
      return { [verb]: said, ...(on && { on: words(on) }), ...(except && { except: words(except) }) };
    }
    const { retryOn, neverRetryOn, retries, jitter, maxTotalMs, delaysMs } = step.retry;
    return {
      retry: {
        delaysMs,
        ...(jitter === 'full' && { jitter }),
        ...(Number.isFinite(retries) && { maxAttempts: retries + 1 }),
        ...(maxTotalMs !== undefined && { maxTotalMs }),
        ...(retryOn && { retryOn: words(retryOn) }),
        ...(neverRetryOn && { neverRetryOn: words(neverRetryOn) }),
      },
    };
  });
}
