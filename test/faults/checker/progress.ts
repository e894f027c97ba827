import { type Damage, time } from './damage.js';
import type { Story, Told } from './story.js';

interface Change {
  readonly t: number;
  /** Of the messages that wait or run. */
  readonly backlog: 1 | -1 | 0;
  readonly isProgress: boolean;
}

/** A partition with a backlog (acknowledged messages that have not ended) in which nothing starts or ends for longer than `stuckAfterMs`. */
export function findStuck(story: Story, stuckAfterMs: number): Damage[] {
  const placed = story.expected().filter((told) => partitionOf(told) !== undefined);
  return [...Map.groupBy(placed, partitionOf)].flatMap(([partition, messages]) => {
    const { gapMs, from } = longestGap(messages.flatMap(changesOf), story.end);
    if (gapMs <= stuckAfterMs) return [];
    const text = `partition ${partition} stood still for ${Math.round(gapMs)} ms from ${time(from)} on with work waiting; allowed are ${stuckAfterMs}`;
    return [{ rule: 'stuck', text }];
  });
}

function partitionOf({ written, runs }: Told): string | undefined {
  const place = written[0] ?? runs[0];
  return place && `${place.topic}/${place.partition}`;
}

function changesOf({ acked, runs }: Told): Change[] {
  const ends = runs.flatMap(({ end }) => end ?? []);
  // A run may be over before the sender has heard that its message is written.
  const from = Math.min(acked!, ...runs.map(({ start }) => start));
  return [
    { t: from, backlog: 1, isProgress: false },
    ...(ends.length > 0 ? [{ t: Math.min(...ends), backlog: -1, isProgress: true } as const] : []),
    ...runs.map(({ start }) => ({ t: start, backlog: 0, isProgress: true }) as const),
    ...ends.map((t) => ({ t, backlog: 0, isProgress: true }) as const),
  ];
}

function longestGap(changes: readonly Change[], end: number): { gapMs: number; from: number } {
  let backlog = 0;
  let since = 0;
  const longest = { gapMs: 0, from: 0 };
  const last: Change = { t: end, backlog: 0, isProgress: false };
  for (const { t, backlog: change, isProgress } of [...changes.toSorted((a, b) => a.t - b.t), last]) {
    if (backlog > 0 && t - since > longest.gapMs) Object.assign(longest, { gapMs: t - since, from: since });
    if (backlog === 0 || isProgress) since = t;
    backlog += change;
  }
  return longest;
}
