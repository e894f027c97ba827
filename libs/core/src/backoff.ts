import type { RetryPolicy } from './policy.js';

/** The wait after the failed attempt number `attempt` (from 1), in milliseconds; undefined when no attempt is left. */
export function delayAfter(attempt: number, retry: RetryPolicy): number | undefined {
  return retry.delaysMs[attempt - 1];
}

/**
 * The retry topic to wait in: the longest tier that is not longer than what remains, else the shortest.
 * A wait longer than the longest tier takes several hops through it; so a message is never early, and late by less than the
 * shortest tier.
 * @param tiersMs distinct delays in rising order; undefined is returned when there is none.
 */
export function tierFor(remainingMs: number, tiersMs: readonly number[]): number | undefined {
  return tiersMs.findLast((tier) => tier <= remainingMs) ?? tiersMs[0];
}

/** A delay as it stands in a topic's name: `500ms`, `1s`, `90s`, `5m`, `2h`, `1d`; the largest unit that divides it. */
export function delayLabel(delayMs: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const;
  for (const [unit, size] of units) if (delayMs >= size && delayMs % size === 0) return `${delayMs / size}${unit}`;
  return `${delayMs}ms`;
}

/** The delay that {@link delayLabel} wrote, in milliseconds; undefined for anything else. */
export function parseDelayLabel(label: string): number | undefined {
  const match = /^(\d+)(ms|s|m|h|d)$/.exec(label);
  if (match === null) return undefined;
  const size = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[match[2] as 'ms' | 's' | 'm' | 'h' | 'd'];
  return Number(match[1]) * size;
}
