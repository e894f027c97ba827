import { SunbeonError } from './errors.js';

/**
 * Refuses keys that nobody reads, with the nearest known one as a hint.
 * @param where what the options belong to, e.g. `task "math.add"`.
 * @throws SunbeonError `OPTION_UNKNOWN`
 */
export function refuseUnknownOptions(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    throw new SunbeonError('OPTION_UNKNOWN', `${where}: nobody reads the option "${key}".`, {
      hint: didYouMean(key, known) ?? `Known options: ${known.join(', ')}.`,
      facts: { option: key, where },
    });
  }
}

/**
 * `Did you mean "…"?` for the nearest candidate, or undefined when none is near.
 * Near = Damerau-Levenshtein distance of at most a third of the word's length (2 at least), with something in common.
 */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    // The distance is never less than the difference in length; the word may come from a stranger and be megabytes long.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < Math.min(bestDistance, Math.max(word.length, candidate.length)))
      [best, bestDistance] = [candidate, distance];
  }
  return best === undefined ? undefined : `Did you mean "${best}"?`;
}

function editDistance(a: string, b: string): number {
  const rows: number[][] = Array.from({ length: a.length + 1 }, (_, i) => [i]);
  const at = (i: number, j: number): number => rows[i]![j]!;
  for (let j = 1; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, at(i - 2, j - 2) + 1);
      rows[i]![j] = best;
    }
  }
  return at(a.length, b.length);
}

/** An option's value that cannot be. @param option with what it belongs to, e.g. `kafkaTransport: partitions` */
export function invalidOption(option: string, value: unknown, hint: string): SunbeonError {
  return new SunbeonError('OPTION_INVALID', `${option} is ${String(value)}.`, { hint, facts: { option, value } });
}

export interface Range {
  readonly least: number;
  readonly most?: number;
}

/** @throws SunbeonError `OPTION_INVALID` unless it is a whole number in that range */
export function checkWhole(option: string, value: unknown, { least, most = Infinity }: Range): void {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw invalidOption(
    option,
    value,
    `Give a whole number ${most === Infinity ? `of at least ${least}` : `from ${least} to ${most}`}.`,
  );
}

/** @throws SunbeonError `OPTION_INVALID` */
export function checkBoolean(option: string, value: unknown): void {
  if (typeof value !== 'boolean') throw invalidOption(option, value, 'Give true or false.');
}

/** @throws SunbeonError `OPTION_INVALID` */
export function checkOneOf(option: string, value: unknown, known: readonly unknown[]): void {
  if (!known.includes(value)) throw invalidOption(option, value, `Give one of ${known.join(', ')}.`);
}
