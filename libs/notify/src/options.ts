import { SunbeonError } from '@sunbeon/core/errors';
import type { Clock } from '@sunbeon/core/ports';

export interface Range {
  readonly least: number;
  readonly most: number;
}

/** @param option with what it belongs to, e.g. `webhook: timeoutMs`. @throws SunbeonError `OPTION_INVALID` */
export function checkWhole(option: string, value: unknown, { least, most }: Range): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw invalid(option, String(value), `Give a whole number from ${least} to ${most}.`);
}

/** @throws SunbeonError `OPTION_INVALID` */
export function checkBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalid(option, String(value), 'Give true or false.');
}

export function invalid(option: string, shown: string, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${option} is ${shown}.`, { hint, facts: { option } });
}

/** The options that are there: one that is undefined (an unset variable) is left out, not set. */
export function given<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

/** The system's time. */
export const SYSTEM_CLOCK: Clock = Object.freeze({
  now: () => Date.now(),
  after(delayMs: number, fn: () => void): () => void {
    const timer = setTimeout(fn, delayMs);
    return () => clearTimeout(timer);
  },
});
