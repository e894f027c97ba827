import { tierFor } from '@sunbeon/core/backoff';
import type { Delivery } from '@sunbeon/core/run';
import { type Envelope, withChanges } from '@sunbeon/core/envelope';
import { HEADER, toHeaders } from '@sunbeon/core/headers';
import { retryTiers } from '@sunbeon/core/policy';
import type { Binding, IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import type { Verdict } from '@sunbeon/core';
import { burialHeaders } from './dead-letter.js';
import { attemptNoteOf, noteRecord, recordMark } from './held-notes.js';
import { brief, remember } from './history.js';
import { type Holding, laneNotes } from './lane-notes.js';
import { nextAttemptOf } from './next-attempt.js';
import { retryTopic, type Route } from './names.js';
import { type ResultFacts, toResultRecord } from './results-record.js';

/** What was judged: a delivery, or a record that could not become one. */
export interface Judged {
  readonly record: IncomingRecord;
  readonly envelope: Envelope | undefined;
  readonly binding: Binding | undefined;
  readonly verdict: Exclude<Verdict, { kind: 'hold' }>;
  /** The lane that waits for it if it is tried again. */
  readonly holding?: Holding | undefined;
  /** Notes on its lane that are true no more once it is settled. */
  readonly marks?: readonly string[] | undefined;
  /** The last offset of its partition that had been read when it was judged. */
  readonly readTo?: number | undefined;
  /** When its attempt began, in milliseconds since the epoch. */
  readonly startedMs: number;
  /** When it was judged, in milliseconds since the epoch. */
  readonly nowMs: number;
}

export interface SettleContext {
  readonly route: Route;
  readonly resultsTopic: string;
  /** Of the results topic: a requester's partition beyond it is nobody's. */
  readonly resultsPartitions: number;
  /** The consumer process, for the attempt history. */
  readonly by: string;
  readonly outputContentType: string;
}

/**
 * The records that make a verdict true: the result, the retry record, the DLQ record. Written and acknowledged together before
 * the offset is finished; writing them twice is harmless, for ids are kept.
 */
export function settlement(judged: Judged, context: SettleContext): OutgoingRecord[] {
  return [...outcomeRecords(judged, context), ...laneNotes(judged, context.route)];
}

function outcomeRecords(judged: Judged, context: SettleContext): OutgoingRecord[] {
  const { verdict } = judged;
  switch (verdict.kind) {
    case 'finish':
      return resultOf(judged, context, { status: 'succeeded', output: verdict.output as Buffer | null });
    case 'drop':
      return resultOf(judged, context, {
        status: 'dropped',
        error: { code: verdict.code ?? 'TASK_DROPPED', name: verdict.code ?? 'Drop', message: verdict.reason },
      });
    case 'retry':
      return [againRecord(judged as Judged & Delivery, context), ...resultOf(judged, context, { status: 'retrying', error: brief(verdict.error) })]; // prettier-ignore
    case 'bury':
      return [
        deadRecord(judged, context),
        ...resultOf(judged, context, { status: 'buried', error: brief(verdict.error) }),
      ];
  }
}

/** Tasks have results unless their policy says no; events only where the subscription asks for them. */
function resultOf(
  { envelope, binding, nowMs }: Judged,
  context: SettleContext,
  facts: Pick<ResultFacts, 'status' | 'output' | 'error'>,
): OutgoingRecord[] {
  if (envelope === undefined || binding === undefined) return [];
  if (!binding.policy.recordOutcomes) return [];
  const label = binding.group === undefined ? envelope.type : `${envelope.type}@${binding.group}`;
  const { resultsTopic, outputContentType } = context;
  // The outcome of an event is nobody's reply: it goes where its key sends it. So does what asks for a partition that is not
  // there: no broker would ever take it, and the message would be tried for ever.
  const answered = binding.group === undefined && (envelope.replyTo ?? 0) < context.resultsPartitions;
  const addressed = answered ? envelope : withChanges(envelope, { replyTo: undefined });
  return [toResultRecord(resultsTopic, { ...facts, envelope: addressed, label, atMs: nowMs, outputContentType })];
}

/** It waits in a retry topic, or, where its lane waits for it, stays where it is. */
function againRecord(judged: Judged & Delivery, { route, by }: SettleContext): OutgoingRecord {
  const { record, binding, nowMs } = judged;
  const { atMs } = judged.verdict as Extract<Verdict, { kind: 'retry' }>;
  const next = nextAttemptOf(judged, by);
  if (judged.holding !== undefined) return noteRecord({ topic: route.held, partition: record.partition }, recordMark(record), attemptNoteOf(next)); // prettier-ignore
  const delayMs = tierFor(atMs - nowMs, retryTiers(binding.policy))!;
  return {
    topic: retryTopic(route.base, delayMs),
    key: record.key,
    value: record.value,
    headers: { ...record.headers, ...toHeaders(next) },
  };
}

/** The buried record: key, value and headers byte for byte, and why it is here. */
function deadRecord({ record, envelope, verdict, startedMs, nowMs }: Judged, context: SettleContext): OutgoingRecord {
  const { error } = verdict as Extract<Verdict, { kind: 'bury' }>;
  const history = envelope === undefined ? [] : remember(envelope, error, { atMs: nowMs, by: context.by });
  const { group, dlq } = context.route;
  const firstSeenMs = envelope?.firstSeenMs ?? startedMs;
  const added = burialHeaders(record, error, { group, label: envelope?.type ?? record.topic, history, firstSeenMs });
  // One whose lane waited for it still says that it is a first attempt.
  const attempt = envelope !== undefined && envelope.attempt > 1 ? { [HEADER.attempt]: String(envelope.attempt) } : {};
  return { topic: dlq, key: record.key, value: record.value, headers: { ...record.headers, ...attempt, ...added } };
}
