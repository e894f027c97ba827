import type { TopicPartition } from '@sunbeon/core/ports';
import type { Candidate } from './share.js';

/** What the leader went by when it gave a member its partitions: it comes with them. */
export interface Basis {
  /** Partitions of each topic that the member wanted. */
  readonly counts: ReadonlyMap<string, number>;
  /** The member had more than it was given: what it must let go first waits for its next join. */
  readonly isAwaited: boolean;
}

const VERSION = 1;

export function basisOf(
  { topics, claims }: Candidate,
  given: readonly TopicPartition[],
  all: ReadonlyMap<string, number>,
): Basis {
  const ids = new Set(given.map(idOf));
  return {
    counts: new Map([...topics].map((topic) => [topic, all.get(topic) ?? 0])),
    isAwaited: [...claims.owned, ...claims.leaving].some((one) => !ids.has(idOf(one))),
  };
}

export function encodeBasis({ counts, isAwaited }: Basis): Buffer {
  return Buffer.from(JSON.stringify({ version: VERSION, counts: [...counts], isAwaited }));
}

/** Undefined: written by a leader that does not know it. */
export function decodeBasis(bytes: Buffer | null): Basis | undefined {
  try {
    const { version, counts, isAwaited } = JSON.parse(String(bytes)) as Record<string, unknown>;
    if (version !== VERSION) return undefined;
    return { counts: new Map(counts as [string, number][]), isAwaited: isAwaited !== false };
  } catch {
    return undefined;
  }
}

/**
 * Whether a static member that was given its predecessor's partitions, without the others having been asked, may leave it at that. If
 * not, it joins again: nobody else would ever give out what the predecessor was letting go, or what it did not know of.
 */
export function isPresent(basis: Basis | undefined, wanted: ReadonlyMap<string, readonly number[]>): boolean {
  if (basis === undefined || basis.isAwaited || basis.counts.size !== wanted.size) return false;
  return [...wanted].every(([topic, partitions]) => basis.counts.get(topic) === partitions.length);
}

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}\0${partition}`;
}
