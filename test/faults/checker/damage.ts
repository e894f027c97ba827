import type { Run } from './story.js';

export const RULES = [
  'lost', 'unseen', 'duplicated', 'rewritten', 'miscounted', 'early', 'reordered', 'overlapping', 'zombie', 'stuck',
  'commit-backwards', 'commit-unfinished',
] as const; // prettier-ignore
export type Rule = (typeof RULES)[number];

/** One thing that must not be, with what proves it. */
export interface Damage {
  readonly rule: Rule;
  readonly text: string;
}

/** A run for people: what, where, by whom, when. */
export function describeRun(run: Run): string {
  const ended = run.end === undefined ? 'never ended' : `ended ${time(run.end)}`;
  const owned = run.owner.since === -Infinity ? '' : `, its partition's since ${time(run.owner.since)}`;
  return `${run.id} at ${run.topic}/${run.partition}/${run.offset} in ${run.pid}${owned}, begun ${time(run.start)}, ${ended}`;
}

export const time = (t: number): string => `t=${t.toFixed(1)}`;
