import { type BreakerOptions, LONGEST_PAUSE_MS } from '@sunbeon/core/breaker';
import { checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';

/** What is not named is as elsewhere; false = the queue is never paused for its failures. */
export type BreakerChoice = Partial<BreakerOptions> | false;

/** A flood, not a bad minute: what one consumer of a healthy queue never sees. */
export const BREAKER: BreakerOptions = {
  windowMs: 60_000,
  failureRatio: 0.5, // half of all attempts: what the handlers depend on is away, or they are broken
  minAttempts: 100, // a quiet queue fails a few times in a minute, and a person can replay a hundred
  maxBuries: 1_000, // also of a busy queue whose ratio stays low: more than people look through
  pauseMs: 30_000, // longer than most restarts
  maxPauseMs: 600_000,
  probes: 5,
};

/** @param base undefined = the defaults. @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function resolveBreaker(
  choice: BreakerChoice | undefined,
  where: string,
  base: BreakerOptions | false = BREAKER,
): BreakerOptions | false {
  if (choice === undefined || choice === false) return choice ?? base;
  if (typeof choice !== 'object' || choice === null)
    throw invalidOption(`kafkaTransport: ${where}`, choice, 'Give its options, or false.');
  refuseUnknownOptions(choice, Object.keys(BREAKER), `kafkaTransport: ${where}`);
  const options = { ...(base === false ? BREAKER : base), ...choice };
  check(options, where);
  return Object.freeze(options);
}

function check(options: BreakerOptions, where: string): void {
  const { failureRatio, maxPauseMs, pauseMs, ...counts } = options;
  for (const [name, value] of Object.entries({ ...counts, pauseMs }))
    checkWhole(`kafkaTransport: ${where}.${name}`, value, { least: 1 });
  if (!(failureRatio > 0 && failureRatio <= 1))
    throw invalidOption(
      `kafkaTransport: ${where}.failureRatio`,
      failureRatio,
      'Give a number above 0, up to 1: 0.5 is every second attempt.',
    );
  if (!Number.isInteger(maxPauseMs) || maxPauseMs < pauseMs || maxPauseMs > LONGEST_PAUSE_MS)
    throw invalidOption(`kafkaTransport: ${where}.maxPauseMs`, maxPauseMs, `Give whole milliseconds from pauseMs, which is ${pauseMs}, to ${LONGEST_PAUSE_MS}.`); // prettier-ignore
}
