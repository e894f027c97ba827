import { decide } from '@sunbeon/core/decide';
import { type MessageFacts } from '@sunbeon/core/events';
import type { Opened } from '@sunbeon/core/open';
import type { Clock, IncomingRecord } from '@sunbeon/core/ports';
import { run, type RunDependencies } from '@sunbeon/core/run';
import { DEFAULT_RETRY } from '@sunbeon/core/policy';
import { type Outcome, toFailure, SunbeonError, type Verdict } from '@sunbeon/core';
import type { Owned } from './partitions.js';
import type { Produce } from './produce.js';
import { settlement, type SettleContext } from './settle.js';
import { pause, writeUntilAcknowledged } from './writer.js';

/** A record in a lane. */
export interface Work {
  readonly record: IncomingRecord;
  readonly opened: Exclude<Opened, { kind: 'foreign' }>;
  readonly owned: Owned;
}

export interface AttemptDependencies extends RunDependencies {
  readonly clock: Clock;
  readonly produce: Produce;
  readonly settle: SettleContext;
}

/** While something that all messages need is away, the lane tries again at this pace. */
const HOLD_PAUSE_MS = 1_000;

/**
 * Stops 4 to 6 for one record: run → judge → settle.
 * @returns whether its offset may be finished; false only when `released` ended the work first. Never rejects.
 */
export function makeAttempts(deps: AttemptDependencies): (work: Work, released: AbortSignal) => Promise<boolean> {
  return async (work, released) => {
    const facts = factsOf(work, deps.settle.route.group);
    for (;;) {
      deps.events.emit('attempt.started', facts);
      const startedMs = deps.clock.now();
      const outcome = await outcomeOf(work, released, deps);
      const nowMs = deps.clock.now();
      const verdict = judge(outcome, work, nowMs);
      const error = 'error' in verdict ? { error: verdict.error } : {};
      deps.events.emit('attempt.ended', { ...facts, verdict: verdict.kind, durationMs: nowMs - startedMs, ...error }); // prettier-ignore
      if (verdict.kind !== 'hold') return settleOne(work, verdict, { facts, released, deps, nowMs });
      if (released.aborted) return false;
      await pause(deps.clock, HOLD_PAUSE_MS, released);
      if (work.owned.lost || released.aborted) return false;
    }
  };
}

function outcomeOf({ record, opened }: Work, signal: AbortSignal, deps: AttemptDependencies): Promise<Outcome> {
  if (opened.kind === 'unreadable') return Promise.resolve({ kind: 'unreadable', error: opened.error });
  return run({ record, envelope: opened.envelope, binding: opened.binding }, signal, deps);
}

function judge(outcome: Outcome, { opened }: Work, nowMs: number): Verdict {
  const retry = opened.kind === 'message' ? opened.binding.policy.retry : DEFAULT_RETRY;
  return decide(outcome, opened.envelope?.attempt ?? 1, retry, nowMs);
}

type Settled = Exclude<Verdict, { kind: 'hold' }>;

interface Settling {
  readonly facts: MessageFacts;
  readonly released: AbortSignal;
  readonly deps: AttemptDependencies;
  /** The moment of the judgement: a retry's delay is counted from it. */
  readonly nowMs: number;
}

async function settleOne(work: Work, verdict: Settled, on: Settling): Promise<boolean> {
  const { record, opened } = work;
  const { deps, facts, released, nowMs } = on;
  const binding = opened.kind === 'message' ? opened.binding : undefined;
  const records = settlement({ record, envelope: opened.envelope, binding, verdict, nowMs }, deps.settle);
  // A record that is too large to be buried is not dropped either: its offset stays until the DLQ takes it.
  const write = writeUntilAcknowledged(records, facts, { ...deps, released, insist: verdict.kind === 'bury' });
  if ((await write) !== 'too-large') return (await write) === 'acknowledged';
  // A retry record that is too large (its history has grown) is buried for what went wrong, not for its size.
  if (verdict.kind === 'retry') return settleOne(work, { kind: 'bury', error: verdict.error }, on);
  const error = toFailure(
    new SunbeonError('RECORD_TOO_LARGE', "The handler's output is too large for a record.", {
      hint: 'Return a reference to the data instead of the data.',
    }),
  );
  return settleOne(work, { kind: 'bury', error }, on);
}

function factsOf({ record, opened }: Work, group: string): MessageFacts {
  const { topic, partition, offset } = record;
  const { id = '', type: contract = '', attempt = 1 } = opened.envelope ?? {};
  return { id, contract, attempt, topic, partition, offset, group };
}
