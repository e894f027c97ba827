import type { Clock } from '@sunbeon/core/ports';

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
