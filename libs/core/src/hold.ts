import { checkWhole, invalidOption, refuseUnknownOptions } from './options.js';
import { MAX_DELAY_MS } from './retry.js';

/** How a lane waits for a message of it that failed and is to be tried again. */
export interface HoldOptions {
  /** From the end of the first attempt, in milliseconds: what would be tried later than this is buried. Default: a day. */
  readonly maxMs?: number;
  /** Messages that wait behind it in one consumer; at one more it is buried, or sooner when they fill its memory. Default: 1,000. */
  readonly maxBehind?: number;
  /**
   * What becomes of those behind when it is buried: `release` = they run; `bury` = all that were sent by then are buried with it,
   * for they would rest on what was not done. Default: `release`.
   */
  readonly then?: 'release' | 'bury';
}

export type HoldPolicy = Required<HoldOptions>;

const DEFAULTS: HoldPolicy = { maxMs: 24 * 3_600_000, maxBehind: 1_000, then: 'release' };

/** @param base what is not said in `options`. @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function holdOf(options: HoldOptions, where: string, base?: HoldPolicy): HoldPolicy {
  if (typeof options !== 'object' || options === null) throw invalidOption(`${where}: hold`, options, 'Give for example { maxMs: 60_000 }, or false.'); // prettier-ignore
  refuseUnknownOptions(options, Object.keys(DEFAULTS), `${where}: hold`);
  const hold = { ...DEFAULTS, ...base, ...options };
  checkWhole(`${where}: hold.maxMs`, hold.maxMs, { least: 1, most: MAX_DELAY_MS });
  checkWhole(`${where}: hold.maxBehind`, hold.maxBehind, { least: 1, most: 1_000_000 });
  if (hold.then !== 'release' && hold.then !== 'bury') throw invalidOption(`${where}: hold.then`, hold.then, "Give 'release' or 'bury'."); // prettier-ignore
  return Object.freeze(hold);
}
