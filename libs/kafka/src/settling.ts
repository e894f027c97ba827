import type { MessageFacts } from '@sunbeon/core/events';
import { SunbeonError, toFailure, type Verdict } from '@sunbeon/core';
import type { AttemptDependencies, Attempted, Work } from './attempt.js';
import { writeBurial } from './burial.js';
import { laneMark, recordMark } from './held-notes.js';
import { condemnation } from './lane-notes.js';
import { holdOf } from './lane-of.js';
import { nextAttemptOf } from './next-attempt.js';
import { type Judged, settlement } from './settle.js';
import { writeUntilAcknowledged } from './writer.js';

type Settled = Exclude<Verdict, { kind: 'hold' }>;

interface Settling {
  readonly facts: MessageFacts;
  readonly deps: AttemptDependencies;
  readonly startedMs: number;
  /** The moment of the judgement: a retry's delay is counted from it. */
  readonly nowMs: number;
  readonly judged: ((bytes: number) => void) | undefined;
}

/** Writes what makes a verdict true, until it is acknowledged. */
export async function settleOne(work: Work, verdict: Settled, on: Settling): Promise<Omit<Attempted, 'ended'>> {
  const { record, opened, owned, marks, lane } = work;
  const { deps, facts, startedMs, nowMs } = on;
  const [binding, policy] = [opened.kind === 'message' ? opened.binding : undefined, holdOf(work)];
  const holding = policy === undefined ? undefined : { policy, lane: lane! };
  const judged = {
    record,
    envelope: opened.envelope,
    binding,
    verdict,
    holding,
    marks,
    readTo: owned.ledger.highest,
    startedMs,
    nowMs,
  };
  // Its new owner has read it again: what it knows of the attempts is newer.
  if (owned.lost && verdict.kind === 'retry' && holding !== undefined) return { isSettled: false };
  const records = settlement(judged, deps.settle);
  if (records.length === 0) return { isSettled: true }; // nobody is to be told
  // The note of an earlier burial must not be taken off once this one has written over it.
  if (condemnation(judged) !== undefined) owned.over.delete(laneMark(record, lane!));
  on.judged?.(records.reduce((bytes, { value }) => bytes + bytesOf(value), bytesOf(record.value)));
  const to = { facts, released: owned.leaving, insist: false, dlq: deps.settle.route.dlq };
  const write = await (verdict.kind === 'bury' ? writeBurial(records, to, deps) : writeUntilAcknowledged(records, to, deps)); // prettier-ignore
  if (write === 'too-large') return settleOne(work, tooLarge(verdict), { ...on, judged: undefined });
  if (write !== 'acknowledged') return { isSettled: false };
  if (verdict.kind !== 'retry' || holding === undefined) return { isSettled: true, condemns: condemnation(judged) };
  return { isSettled: false, held: { work: nextWork(work, judged, deps.settle.by), untilMs: verdict.atMs } };
}

/** A retry record that is too large (its history has grown) is buried for what went wrong, not for its size. */
function tooLarge(verdict: Settled): Settled {
  if (verdict.kind === 'retry') return { kind: 'bury', error: verdict.error };
  const error = new SunbeonError('RECORD_TOO_LARGE', "The handler's output is too large for a record.", {
    hint: 'Return a reference to the data instead of the data.',
  });
  return { kind: 'bury', error: toFailure(error) };
}

/** The same record, as its next attempt. */
function nextWork(work: Work, judged: Judged, by: string): Work {
  const { record, opened, marks = [] } = work;
  if (opened.kind !== 'message') return work;
  const mark = recordMark(record);
  const envelope = nextAttemptOf({ ...judged, envelope: opened.envelope }, by);
  return { ...work, marks: marks.includes(mark) ? marks : [...marks, mark], opened: { ...opened, envelope } };
}

function bytesOf(value: Buffer | null): number {
  return value?.length ?? 0;
}
