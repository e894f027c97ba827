/** A hop takes a moment itself: what is left after it may be a little less than the tier that was meant. */
function slackOf(tierMs: number): number {
  return Math.min(100, tierMs / 10);
}

/**
 * The retry topic to wait in: the longest tier that is not longer than what remains (a tenth of it and 100 ms do not count), else
 * the shortest. A wait longer than the longest tier takes several hops through it; so a message is never early, and late by less
 * than the shortest tier, or by those 100 ms.
 * @param tiersMs distinct delays in rising order; undefined is returned when there is none.
 */
export function tierFor(remainingMs: number, tiersMs: readonly number[]): number | undefined {
  if (tiersMs.includes(remainingMs)) return remainingMs;
  return tiersMs.findLast((tier) => tier - slackOf(tier) <= remainingMs) ?? tiersMs[0];
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

/** The shortest tier of waits that are drawn. */
const SHORTEST_MS = 250;
/** With so many topics, and so many hops through them at most, waits are spread over some hundred lengths. */
const DRAWN_TIERS = 6;
const DRAWN_HOPS = 4;

/**
 * Tiers for waits that are drawn: their lengths where those are few, with a shortest one of a quarter of a second; else as many
 * as may be, in equal ratio.
 */
export function tiersUpTo(lengthsMs: readonly number[]): number[] {
  const shortest = Math.min(SHORTEST_MS, ...lengthsMs);
  const exact = [...new Set([shortest, ...lengthsMs])].sort((a, b) => a - b);
  if (exact.length <= DRAWN_TIERS) return exact;
  const ratio = exact.at(-1)! / shortest;
  const tiers = exact.slice(0, DRAWN_TIERS).map((_, i) => rounded(shortest * ratio ** (i / (DRAWN_TIERS - 1))));
  return [...new Set(tiers)];
}

/** The longest wait up to the one given that takes a few hops through these tiers; at least the shortest tier. */
export function throughTiers(waitMs: number, tiersMs: readonly number[]): number {
  let sumMs = 0;
  for (let hops = 0; hops < DRAWN_HOPS; hops++) sumMs += tiersMs.findLast((tier) => tier <= waitMs - sumMs) ?? 0;
  return sumMs === 0 ? tiersMs[0]! : sumMs;
}

/** A topic's name is read by people: `9s`, not `9196ms`. */
function rounded(ms: number): number {
  const unit = [3_600_000, 60_000, 1_000].find((size) => ms >= 4 * size) ?? 1;
  return Math.round(ms / unit) * unit;
}
