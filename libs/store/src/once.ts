import type { Middleware } from '@sunbeon/core/chain';
import { SunbeonError } from '@sunbeon/core/errors';
import type { Marks } from '@sunbeon/core/marks';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import { Drop, Retry } from '@sunbeon/core/outcome';
import type { Attempt } from '@sunbeon/core/run';

export interface OnceOptions {
  readonly marks: Marks;
  /**
   * Longer than the slowest attempt: when it has run out, the attempt counts as dead and another may begin. Default 300,000 (five
   * minutes, Kafka's own `max.poll.interval.ms`).
   */
  readonly leaseMs?: number;
  /** For how long a second delivery is known for one. Default 86,400,000 (a day). */
  readonly keepMs?: number;
}

/**
 * The effect of a handler once per message (of an event: and group), for as long as the marks live. Delivered again after its end, the message
 * is dropped as already done; while another consumer works on it, it is tried again later, as its policy says.
 *
 * In a shadow it does nothing: no mark is read or written.
 *
 * What it cannot promise: a process that dies between the effect and its mark repeats the effect. Only a store that the handler
 * writes to in the same transaction closes that gap.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function once(options: OnceOptions): Middleware<Attempt> {
  refuseUnknownOptions(options, ['marks', 'leaseMs', 'keepMs'], 'once');
  const { marks } = options;
  const leaseMs = positive('leaseMs', options.leaseMs ?? 5 * 60_000);
  const keepMs = positive('keepMs', options.keepMs ?? 24 * 3_600_000);
  return async ({ context, group }, next) => {
    if (context.isShadow) return next(); // it was done: that is why it is run
    const key = [context.contract, group ?? '', context.id].join('/');
    const state = await marks.begin(key, { leaseMs });
    if (state === 'done') throw new Drop('already done');
    if (state === 'running') throw new Retry(undefined, 'another attempt of this message is running');
    const output = await orRelease(marks, key, next);
    await marks.done(key, { keepMs });
    return output;
  };
}

/** Of a failed attempt nothing stays, or its own retry would be refused. */
async function orRelease(marks: Marks, key: string, next: () => Promise<unknown>): Promise<unknown> {
  try {
    return await next();
  } catch (error) {
    // The handler's error is the news; a lease that could not be given back runs out by itself.
    await marks.release(key).catch(() => undefined);
    throw error;
  }
}

function positive(option: string, value: number): number {
  if (Number.isFinite(value) && value > 0) return value;
  throw new SunbeonError('OPTION_INVALID', `once: ${option} is ${String(value)}.`, {
    hint: 'Give milliseconds above 0, for example 60_000.',
    facts: { option, value },
  });
}
