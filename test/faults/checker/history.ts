import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** When and by whom a line was written. */
export interface Stamp {
  /** The machine's monotonic clock in milliseconds: the same for all its processes, so lines of several can be put in order. */
  readonly t: number;
  /** Wall clock, in milliseconds since the epoch. */
  readonly at: number;
  readonly pid: number;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A message: `n` counts the messages of one key from 0, in the order sent; without a key there is no order. */
export interface Subject {
  readonly id: string;
  readonly key: string | null;
  readonly n: number;
}

export type Line = Stamp & Fact;

/** What is to become of a message: it fails so often, and `most` attempts are made. */
export interface Plan {
  readonly fails: number;
  readonly most: number;
  /** Its lane waits for it. */
  readonly holds: boolean;
}

/** What can be said in a history. A run (one call of a handler) is known by its pid and `run`. */
export type Fact =
  /** A sender is about to send; then it was acknowledged, or refused (which says nothing of whether it was written). */
  | ({ readonly kind: 'sent'; readonly plan?: Plan } & Subject)
  | { readonly kind: 'acked'; readonly id: string }
  | { readonly kind: 'refused'; readonly id: string; readonly code: string }
  /** A handler begins; it has done what others can see; it is over, however it ended. */
  | ({ readonly kind: 'start' | 'effect' | 'end'; readonly run: number; readonly attempt: number } & Subject & Place)
  /** Its last verdict was acknowledged. */
  | { readonly kind: 'settled'; readonly id: string }
  /** What is to be said of an attempt was sent, and nobody knows whether it is written: it is sent again. */
  | { readonly kind: 'doubted'; readonly id: string; readonly attempt: number }
  /** A partition becomes a member's, begins to be taken away, or is found to be gone. */
  | ({ readonly kind: 'assigned' | 'revoked' | 'lost'; readonly group: string } & Omit<Place, 'offset'>)
  /** A member is given records from an earlier place on than it has read: a redelivery, or another topic of that name. */
  | ({ readonly kind: 'reread' } & Place)
  /** A commit: asked for, taken by the broker, refused. `call` joins the two lines of one call. */
  | ({ readonly kind: 'commit'; readonly group: string; readonly call: number; readonly state: CommitState } & Place)
  | { readonly kind: 'memory'; readonly rssMb: number; readonly waiting: number; readonly running: number }
  /** What the rig did to a process, or saw of it. */
  | { readonly kind: 'died'; readonly who: number; readonly how: string }
  | { readonly kind: 'frozen' | 'thawed'; readonly who: number }
  /** The topic is gone, with all that was acknowledged before this line. */
  | { readonly kind: 'topic-gone'; readonly topic: string }
  /** Read from the topics afterwards: a record of the queue, and what became of a message: `t` is when the record was made. */
  | ({ readonly kind: 'written'; readonly id: string; readonly attempt: number; readonly notBeforeMs?: number } & Place)
  | { readonly kind: 'verdict'; readonly id: string; readonly status: string; readonly attempt: number }
  /** The same of the DLQ: the numbers of the attempts in its history. And of the notes on lanes that wait: the next attempt. */
  | { readonly kind: 'buried'; readonly id: string; readonly attempts: readonly number[]; readonly code: string }
  | { readonly kind: 'noted'; readonly id: string; readonly attempt: number; readonly notBeforeMs: number }
  /** For people. */
  | { readonly kind: 'said'; readonly text: string };

export type CommitState = 'asked' | 'taken' | 'failed';
export type LineOf<K extends Fact['kind']> = Extract<Line, { readonly kind: K }>;

/**
 * The lines of one file. A process that is killed tears its last line at most: that one is dropped.
 * @throws Error for a broken line before the last
 */
export function parseHistory(text: string): Line[] {
  const rows = text.split('\n').filter((row) => row !== '');
  const isWhole = text.endsWith('\n');
  return rows.flatMap((row, i) => {
    try {
      return [JSON.parse(row) as Line];
    } catch (error) {
      if (i === rows.length - 1 && !isWhole) return [];
      throw new Error(`Line ${i + 1} of a history is broken: ${row.slice(0, 200)}`, { cause: error });
    }
  });
}

/** All lines of a folder's `*.ndjson`, in the order of time. */
export async function readHistory(folder: string): Promise<Line[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.ndjson')).sort();
  const files = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return files.flatMap(parseHistory).sort((a, b) => a.t - b.t);
}
