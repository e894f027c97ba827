import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { fromRuns, toRuns } from './offset-map.js';
import type { PartitionRuns } from './offset-set.js';

/** An offset per partition. */
export type Positions = ReadonlyMap<number, number>;

export type ActVerb = 'replay' | 'edit' | 'discard' | 'rerun';

/** What an act has come to. */
export interface ActCounts {
  /** Records that the operator meant. */
  readonly matched: number;
  /** Of these, sent again (or discarded) by this act. */
  readonly done: number;
  /** Left alone, because it had been done before, or another act is at it. */
  readonly skipped: number;
  /** Refused for good, each for a reason of its own. */
  readonly failed: number;
}

/**
 * Records that are being sent, or perhaps were when their process died. Who finds it reads the target from `tail` on, and knows
 * which of them were written.
 */
export interface Pending {
  readonly seq: number;
  /** Of the source. */
  readonly offsets: PartitionRuns;
  /** Where the target ended before the first of them was sent. */
  readonly tail: Positions;
}

/** One act of an operator, as it is kept on the journal: enough to go on with it in another process. */
export interface ActState {
  /** A UUIDv7: it says when it began. */
  readonly id: string;
  readonly verb: ActVerb;
  readonly by: string;
  /** The topic that its records lie on. */
  readonly source: string;
  /** The topic that they are sent to; null = none. */
  readonly target: string | null;
  /** What it was asked to do, as JSON. */
  readonly plan: unknown;
  /** Raised by whoever takes it over. */
  readonly epoch: number;
  /** Of the process that is at it: one that finds another than its own stops. */
  readonly life: string;
  /** Raised with everything that is written about it. */
  readonly seq: number;
  /** The next offset of the source to look at. */
  readonly positions: Positions;
  /** Where the source ended when it began: what comes later, perhaps because of it, is not its business. */
  readonly ends: Positions;
  readonly counts: ActCounts;
  /** Offsets at or above `positions` that are done and counted already: of a process that died in the middle of them. */
  readonly settled: PartitionRuns;
  readonly pending: Pending | undefined;
  readonly ended: boolean;
}

export type MarkedAs = 'replayed' | 'discarded';

/** Some records of a topic are done with. Never taken back, so that marks of several acts add up in any order. */
export interface Mark {
  readonly act: string;
  readonly seq: string;
  readonly source: string;
  readonly as: MarkedAs;
  readonly offsets: PartitionRuns;
}

/** The topic was deleted and made again: what was said of its records before was said of others. */
export interface Reset {
  readonly source: string;
}

export type JournalEntry = { readonly act: ActState } | { readonly mark: Mark } | { readonly reset: Reset };

/** All on one partition: the order in which acts claim records is theirs in all processes. */
const PARTITION = 0;

/** Compaction keeps the last words of each process that was at an act: who was taken over cannot write over its heir's. */
export function entryRecord(topic: string, entry: JournalEntry): OutgoingRecord {
  const key = keyOf(entry);
  const value = Buffer.from(JSON.stringify({ version: 1, ...toJson(entry) }));
  return { topic, partition: PARTITION, key, value, headers: { 'content-type': 'application/json' } };
}

function keyOf(entry: JournalEntry): string {
  if ('act' in entry) return `act/${entry.act.id}/${entry.act.epoch}/${entry.act.life}`;
  if ('reset' in entry) return `reset/${entry.reset.source}`;
  const { source, act, seq } = entry.mark;
  return `mark/${source}/${act}/${seq}`;
}

/** Undefined for what is not ours, or of a later version. */
export function readEntry({ key, value }: IncomingRecord): JournalEntry | undefined {
  if (key === null || value === null) return undefined;
  try {
    const json = JSON.parse(value.toString()) as Wire;
    if (json.version !== 1) return undefined;
    if (json.act !== undefined) return { act: actFrom(json.act) };
    if (json.reset !== undefined) return { reset: json.reset };
    return json.mark === undefined ? undefined : { mark: { ...json.mark, offsets: runsFrom(json.mark.offsets) } };
  } catch {
    return undefined;
  }
}

/* ---- JSON: maps as objects, runs as base64 of what offset-map.ts writes. ---- */

/** The runs are written as they are above an offset that is in none of them. */
const BEFORE_ALL = -1;

type WireRuns = Readonly<Record<string, string>>;
type WirePositions = Readonly<Record<string, number>>;

interface WireAct extends Omit<ActState, 'positions' | 'ends' | 'settled' | 'pending'> {
  readonly positions: WirePositions;
  readonly ends: WirePositions;
  readonly settled: WireRuns;
  readonly pending?: { readonly seq: number; readonly offsets: WireRuns; readonly tail: WirePositions };
}

interface Wire {
  readonly version?: number;
  readonly act?: WireAct;
  readonly reset?: Reset;
  readonly mark?: Omit<Mark, 'offsets'> & { readonly offsets: WireRuns };
}

function toJson(entry: JournalEntry): Omit<Wire, 'version'> {
  if ('reset' in entry) return entry;
  if ('mark' in entry) return { mark: { ...entry.mark, offsets: wireRuns(entry.mark.offsets) } };
  const { positions, ends, settled, pending, ...rest } = entry.act;
  const open = pending && { ...pending, offsets: wireRuns(pending.offsets), tail: Object.fromEntries(pending.tail) };
  return {
    act: {
      ...rest,
      positions: Object.fromEntries(positions),
      ends: Object.fromEntries(ends),
      settled: wireRuns(settled),
      ...(open && { pending: open }),
    },
  };
}

function actFrom({ positions, ends, settled, pending, ...rest }: WireAct): ActState {
  const open = pending && { ...pending, offsets: runsFrom(pending.offsets), tail: positionsFrom(pending.tail) };
  return {
    ...rest,
    positions: positionsFrom(positions),
    ends: positionsFrom(ends),
    settled: runsFrom(settled),
    pending: open,
  };
}

function wireRuns(runs: PartitionRuns): WireRuns {
  return Object.fromEntries(
    [...runs].map(([partition, own]) => [partition, toRuns(BEFORE_ALL, own).toString('base64')]),
  );
}

function runsFrom(wire: WireRuns): PartitionRuns {
  return new Map(
    Object.entries(wire).map(([partition, text]) => [
      Number(partition),
      fromRuns(BEFORE_ALL, Buffer.from(text, 'base64')),
    ]),
  );
}

function positionsFrom(wire: WirePositions): Positions {
  return new Map(Object.entries(wire).map(([partition, offset]) => [Number(partition), offset]));
}
