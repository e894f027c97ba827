import { decide } from '@sunbeon/core/decide';
import type { MessageFacts, SunbeonEvents } from '@sunbeon/core/events';
import type { Judgement } from '@sunbeon/core/on-error';
import type { Opened } from '@sunbeon/core/open';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { type Ran, type Run, runner, type RunDependencies } from '@sunbeon/core/run';
import { DEFAULT_ON_ERROR } from '@sunbeon/core/error-policy';
import { type Failure, type Outcome, toFailure, SunbeonError, type Verdict } from '@sunbeon/core';
import type { Gate } from './gate.js';
import type { Owned } from './partitions.js';
import type { Produce } from './produce.js';
import { settlement, type SettleContext } from './settle.js';
import { pause, writeUntilAcknowledged } from './writer.js';

/** A record in a lane. */
export interface Work {
  readonly record: IncomingRecord;
  readonly opened: Exclude<Opened, { kind: 'foreign' }>;
  readonly owned: Owned;
  /** The contract's name; `''` for what cannot be read. */
  readonly contract: string;
  /** Why it is buried without being run. */
  readonly refused?: Failure;
}

export interface AttemptDependencies extends RunDependencies {
  readonly produce: Produce;
  readonly settle: SettleContext;
  /** From 0 up to 1. */
  readonly random: () => number;
  readonly gate: Gate;
}

/** While something that all messages need is away, the lane tries again at this pace. */
const HOLD_PAUSE_MS = 1_000;

/** What has become of a record. */
export interface Attempted {
  /** Whether its offset may be finished; false only when its partition was given up first. */
  readonly isSettled: boolean;
  /** Of an attempt given up at its hard time limit: when its handler ends. Until then its lane and slot stay taken. */
  readonly ended: Promise<void> | undefined;
}

/** `judged` is called when the handler has ended and only its verdict is still to be written, with the bytes that wait for it. */
export type Attempt = (work: Work, judged: (bytes: number) => void) => Promise<Attempted>;

/**
 * Stops 4 to 6 for one record: run → judge → settle. Never rejects. A handler ends when its partition is released; what only
 * waits (for the registry, for the broker to take a verdict) does not keep a partition that shall go.
 */
export function makeAttempts(deps: AttemptDependencies): Attempt {
  const run = runner(deps);
  return async (work, judged) => {
    const { leaving } = work.owned;
    const facts = factsOf(work, deps.settle.route.group);
    for (;;) {
      deps.events.emit('attempt.started', facts);
      const startedMs = deps.clock.now();
      const { outcome, ended } = await ranOf(work, run);
      const nowMs = deps.clock.now();
      const verdict = judge(outcome, work, { nowMs, random: deps.random() });
      deps.gate.judged(work, { verdict, outcome, nowMs });
      if (deps.events.has('attempt.ended')) deps.events.emit('attempt.ended', endOf(facts, verdict, nowMs - startedMs));
      if (ended !== undefined) reportOverdue(ended, facts, deps);
      if (verdict.kind !== 'hold') return { isSettled: await settleOne(work, verdict, { facts, deps, startedMs, nowMs, judged: ended === undefined ? judged : undefined }), ended }; // prettier-ignore
      if (!leaving.aborted) await pause(deps.clock, HOLD_PAUSE_MS, leaving);
      if (leaving.aborted) return { isSettled: false, ended };
    }
  };
}

function ranOf({ record, opened, owned, refused }: Work, run: Run): Promise<Ran> {
  if (refused !== undefined) return Promise.resolve({ outcome: { kind: 'bury', error: refused }, ended: undefined });
  if (opened.kind === 'unreadable') {
    return Promise.resolve({ outcome: { kind: 'unreadable', error: opened.error }, ended: undefined });
  }
  return run({ record, envelope: opened.envelope, binding: opened.binding }, owned.released);
}

function endOf(facts: MessageFacts, verdict: Verdict, durationMs: number): SunbeonEvents['attempt.ended'] {
  const { kind, notify } = verdict;
  return {
    ...facts,
    verdict: kind,
    durationMs,
    ...('error' in verdict && verdict.error !== undefined ? { error: verdict.error } : {}),
    ...('code' in verdict && verdict.code !== undefined ? { code: verdict.code } : {}),
    ...(notify === undefined ? {} : { notify }),
  };
}

/** Verdict and offset do not wait for a handler that is over its time; people are told that it still runs. */
function reportOverdue(ended: Promise<void>, facts: MessageFacts, { events, clock }: AttemptDependencies): void {
  const sinceMs = clock.now();
  events.emit('handler.overdue', facts);
  void ended.then(() => events.emit('handler.ended-late', { ...facts, lateMs: clock.now() - sinceMs }));
}

/** A record without an envelope cannot expire. */
const UNKNOWN = { attempt: 1, deadlineMs: undefined, retryingSinceMs: undefined };

function judge(outcome: Outcome, { opened }: Work, by: Omit<Judgement, 'onError'>): Verdict {
  const onError = opened.kind === 'message' ? opened.binding.policy.onError : DEFAULT_ON_ERROR;
  return decide(outcome, opened.envelope ?? UNKNOWN, { ...by, onError });
}

type Settled = Exclude<Verdict, { kind: 'hold' }>;

interface Settling {
  readonly facts: MessageFacts;
  readonly deps: AttemptDependencies;
  readonly startedMs: number;
  /** The moment of the judgement: a retry's delay is counted from it. */
  readonly nowMs: number;
  readonly judged: ((bytes: number) => void) | undefined;
}

async function settleOne(work: Work, verdict: Settled, on: Settling): Promise<boolean> {
  const { record, opened, owned } = work;
  const { deps, facts, startedMs, nowMs } = on;
  const binding = opened.kind === 'message' ? opened.binding : undefined;
  const records = settlement({ record, envelope: opened.envelope, binding, verdict, startedMs, nowMs }, deps.settle);
  if (records.length === 0) return true; // nobody is to be told
  on.judged?.(records.reduce((bytes, { value }) => bytes + bytesOf(value), bytesOf(record.value)));
  // A record that is too large to be buried is not dropped either: its offset stays until the DLQ takes it.
  const write = writeUntilAcknowledged(records, { facts, released: owned.leaving, insist: verdict.kind === 'bury' }, deps); // prettier-ignore
  if ((await write) !== 'too-large') return (await write) === 'acknowledged';
  // A retry record that is too large (its history has grown) is buried for what went wrong, not for its size.
  const again = { ...on, judged: undefined };
  if (verdict.kind === 'retry') return settleOne(work, { kind: 'bury', error: verdict.error }, again);
  const error = toFailure(
    new SunbeonError('RECORD_TOO_LARGE', "The handler's output is too large for a record.", {
      hint: 'Return a reference to the data instead of the data.',
    }),
  );
  return settleOne(work, { kind: 'bury', error }, again);
}

function bytesOf(value: Buffer | null): number {
  return value?.length ?? 0;
}

export function factsOf({ record, opened }: Work, group: string): MessageFacts {
  const { topic, partition, offset } = record;
  const { id = '', type: contract = '', attempt = 1 } = opened.envelope ?? {};
  return { id, contract, attempt, topic, partition, offset, group };
}
