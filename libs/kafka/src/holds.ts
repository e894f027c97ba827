import { withChanges } from '@sunbeon/core/envelope';
import type { Events } from '@sunbeon/core/events';
import type { Clock, IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { type Failure, SunbeonError, toFailure } from '@sunbeon/core';
import type { Work } from './attempt.js';
import {
  type BuriedNote,
  goesWith,
  type HeldNote,
  laneMark,
  noteRecord,
  readNote,
  recordMark,
  withNote,
} from './held-notes.js';
import { holdOf } from './lane-of.js';
import type { Route } from './names.js';
import { nameOf, type Owned } from './partitions.js';
import { scan } from './scan.js';
import { pause } from './writer.js';

export interface HoldDependencies {
  readonly road: Road;
  readonly clock: Clock;
  readonly events: Events;
  readonly route: Route;
  /** False: no lane of this consumer ever waits for a failed message. */
  readonly isKept: boolean;
}

/** What is known of one partition's lanes that wait. */
interface Known {
  readonly notes: Map<string, HeldNote>;
  /** Records that came before the notes were read; undefined = they are read. */
  early: IncomingRecord[] | undefined;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** The lanes that wait for a failed message, as earlier owners of the partitions left them and as they are now. */
export class Holds {
  readonly #known = new Map<Owned, Known>();

  constructor(private readonly deps: HoldDependencies) {}

  /** Reads what was left. @param ready called for each partition when it may begin, with the records that came meanwhile */
  assigned(added: readonly Owned[], ready: (owned: Owned, early: readonly IncomingRecord[]) => void): void {
    if (!this.deps.isKept) return;
    for (const owned of added) this.#known.set(owned, { notes: new Map(), early: [] });
    if (added.length > 0) void this.#load(added, ready);
  }

  /** False: they are kept until the notes are read. */
  mayOpen(owned: Owned, records: readonly IncomingRecord[]): boolean {
    const { early } = this.#known.get(owned) ?? {};
    if (early === undefined) return true;
    for (const record of records) early.push(record);
    return false;
  }

  forget(going: readonly Owned[]): void {
    for (const owned of going) this.#known.delete(owned);
  }

  /** The work as it was left: its next attempt, if one was noted. */
  asNoted(work: Work): Work {
    const notes = this.#known.get(work.owned)?.notes;
    if (notes === undefined || notes.size === 0) return work;
    const { record, opened } = work;
    const mark = recordMark(record);
    const note = notes.get(mark);
    if (note === undefined || opened.kind !== 'message') return work;
    const noted = withNote(opened.envelope, note);
    // A clock that was ahead when it was noted holds nothing up for longer than the policy.
    const mostMs = this.deps.clock.now() + (holdOf(work)?.maxMs ?? Infinity);
    const envelope = (noted.notBeforeMs ?? 0) > mostMs ? withChanges(noted, { notBeforeMs: mostMs }) : noted;
    return { ...work, marks: [mark], opened: { ...opened, envelope } };
  }

  /** The marks of a work that are over once it is committed; not its lane's, if that is condemned anew. */
  overOf({ owned, record, lane, marks = [] }: Work): readonly string[] {
    if (marks.length === 0 || lane === undefined) return marks;
    const ofLane = laneMark(record, lane);
    return this.#known.get(owned)?.notes.has(ofLane) ? marks.filter((mark) => mark !== ofLane) : marks;
  }

  /** @returns the records that take these notes off the topic */
  takeOff(owned: Owned, marks: readonly string[]): OutgoingRecord[] {
    const notes = this.#known.get(owned)?.notes;
    const place = { topic: this.deps.route.held, partition: owned.partition };
    return marks.map((mark) => {
      notes?.delete(mark);
      return noteRecord(place, mark);
    });
  }

  /** What was sent by then to its lane goes with it. */
  condemn({ owned, record, lane }: Work, note: BuriedNote): void {
    if (lane !== undefined) this.#known.get(owned)?.notes.set(laneMark(record, lane), note);
  }

  /** Asked when its turn comes: the work as it is, or refused with the head of its lane. */
  asJudged(work: Work): Work {
    const notes = this.#known.get(work.owned)?.notes;
    if (notes === undefined || notes.size === 0 || work.lane === undefined) return work;
    const mark = laneMark(work.record, work.lane);
    const note = notes.get(mark);
    return note?.kind === 'buried' && note.with !== work.opened.envelope?.id
      ? this.#condemned(work, { ...note, mark })
      : work;
  }

  /** The first that was sent later ends it, and takes the note off. */
  #condemned(work: Work, by: BuriedNote & { readonly mark: string }): Work {
    if (goesWith(work.record, by)) return { ...work, refused: buriedWith(by.with) };
    this.#known.get(work.owned)?.notes.delete(by.mark);
    return { ...work, marks: [...(work.marks ?? []), by.mark] };
  }

  async #load(added: readonly Owned[], ready: (owned: Owned, early: readonly IncomingRecord[]) => void): Promise<void> {
    const { road, clock, route, events } = this.deps;
    const partitions = [...new Set(added.map(({ partition }) => partition))];
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const left = added.filter(({ leaving }) => !leaving.aborted);
      if (left.length === 0) return;
      try {
        await scan(road, { topic: route.held, partitions, clock }, (record) => this.#note(left, record));
        for (const owned of left) this.#ready(owned, ready);
        return;
      } catch (error) {
        events.emit('client.failed', { client: `${route.group}: ${route.held}`, error: toFailure(error), restarting: true }); // prettier-ignore
        await pause(clock, pauseMs, left[0]!.leaving);
      }
    }
  }

  #note(left: readonly Owned[], { key, value }: IncomingRecord): void {
    const mark = key?.toString() ?? '';
    const owned = left.find((one) => mark.startsWith(`${nameOf(one)}/`));
    const notes = owned && this.#known.get(owned)?.notes;
    const note = value === null ? undefined : readNote(value);
    if (note === undefined) notes?.delete(mark);
    else if (!isStale(note, notes?.get(mark))) notes?.set(mark, note);
  }

  #ready(owned: Owned, ready: (owned: Owned, early: readonly IncomingRecord[]) => void): void {
    const known = this.#known.get(owned);
    if (known?.early === undefined) return;
    const { early } = known;
    known.early = undefined;
    if (!owned.leaving.aborted) ready(owned, early);
  }
}

/** Written by an owner that did not know yet that it was none any more. */
function isStale(note: HeldNote, known: HeldNote | undefined): boolean {
  if (note.kind !== 'attempt' || known?.kind !== 'attempt') return false;
  return note.id === known.id && note.attempt < known.attempt;
}

function buriedWith(id: string): Failure {
  return refusal(new SunbeonError('LANE_BURIED', `It was sent while ${id}, which stood before it in its lane, waited to be tried again; that one was buried.`, { hint: 'Mend that one first, replay it, then this one: the policy of both says that they go together (hold.then).' })); // prettier-ignore
}

export function laneIsFull(behind: number): Failure {
  return refusal(new SunbeonError('LANE_FULL', `It failed and was to be tried again, but ${behind} messages wait behind it in its lane, more than its policy or its consumer's memory allows.`, { hint: 'Mend what made it fail (see its last attempt) and replay it, or raise hold.maxBehind or consume.maxWaiting.' })); // prettier-ignore
}

/** Its stack would be ours. */
function refusal(error: SunbeonError): Failure {
  const { code, name, message, retriable } = toFailure(error);
  return { code, name, message, retriable };
}
