import type { AttemptRecord, Envelope } from '@sunbeon/core/envelope';
import { withChanges } from '@sunbeon/core/envelope';
import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { addressOf } from './address.js';

/**
 * What the next owner of a partition has to know of a lane that waits: the record itself stays unfinished where it is. Notes lie on
 * a compacted topic (`<base>.retry.held`) with as many partitions as the queue, under the place of the record or the lane.
 */
export type HeldNote =
  /** A record that failed: what its next attempt is. */
  | ({ readonly kind: 'attempt'; readonly id: string } & Pick<Envelope, 'attempt' | 'notBeforeMs' | 'firstSeenMs' | 'retryingSinceMs' | 'history'>) // prettier-ignore
  | BuriedNote;

/**
 * A lane whose head was buried: what was sent by then (milliseconds since the epoch) is buried with it. So is what was read behind it by
 * then, whatever the clock of its sender says.
 */
export interface BuriedNote {
  readonly kind: 'buried';
  /** The head's id. */
  readonly with: string;
  readonly untilMs: number;
  /** The offset of the head, and of the last record that was read by then. Undefined in notes of earlier versions. */
  readonly read?: readonly [from: number, to: number];
}

/** Whether a record of its lane was sent by the time that the head was buried. */
export function goesWith({ timestampMs, offset }: IncomingRecord, { untilMs, read }: BuriedNote): boolean {
  if (timestampMs <= untilMs) return true;
  return Array.isArray(read) && offset > Number(read[0]) && offset <= Number(read[1]);
}

type Place = Pick<IncomingRecord, 'topic' | 'partition'>;

export const recordMark = addressOf;

export function laneMark({ topic, partition }: Place, lane: string): string {
  return `${topic}/${partition}/lane/${Buffer.from(lane).toString('base64url')}`;
}

/** @param place the topic of the notes, and the partition. @param note undefined: there is nothing to know any more */
export function noteRecord({ topic, partition }: Place, mark: string, note?: HeldNote): OutgoingRecord {
  return {
    topic,
    partition,
    key: mark,
    value: note === undefined ? null : Buffer.from(JSON.stringify(note)),
    headers: {},
  };
}

/** Undefined for what is no note: an attempt is then counted again, nothing else. */
export function readNote(value: Buffer): HeldNote | undefined {
  try {
    const note = JSON.parse(value.toString()) as HeldNote;
    return note.kind === 'attempt' ? attemptNote(note) : note.kind === 'buried' && Number.isFinite(note.untilMs) ? note : undefined; // prettier-ignore
  } catch {
    return undefined;
  }
}

function attemptNote(note: Extract<HeldNote, { kind: 'attempt' }>): HeldNote | undefined {
  const isWhole = Number.isSafeInteger(note.attempt) && note.attempt >= 1 && Array.isArray(note.history);
  return isWhole && typeof note.id === 'string' ? note : undefined;
}

export function attemptNoteOf(next: Envelope): HeldNote {
  const { id, attempt, notBeforeMs, firstSeenMs, retryingSinceMs, history } = next;
  return { kind: 'attempt', id, attempt, notBeforeMs, firstSeenMs, retryingSinceMs, history };
}

/** The envelope as the note has it; its own when the note is another message's (a topic was deleted and made again). */
export function withNote(envelope: Envelope, note: HeldNote | undefined): Envelope {
  if (note?.kind !== 'attempt' || note.id !== envelope.id) return envelope;
  const { attempt, notBeforeMs, firstSeenMs, retryingSinceMs } = note;
  const history: readonly AttemptRecord[] = note.history;
  return withChanges(envelope, { attempt, notBeforeMs, firstSeenMs, retryingSinceMs, history });
}
