import { decide } from '@sunbeon/core/decide';
import type { Judgement } from '@sunbeon/core/on-error';
import type { Opened } from '@sunbeon/core/open';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { type Ran, type Run, runner, type RunDependencies } from '@sunbeon/core/run';
import { DEFAULT_ON_ERROR } from '@sunbeon/core/error-policy';
import type { Failure, Outcome, Verdict } from '@sunbeon/core';
import { endOf, reportOverdue } from './attempt-events.js';
import { factsOf } from './facts.js';
import type { Gate } from './gate.js';
import type { BuriedNote } from './held-notes.js';
import { holdOf } from './lane-of.js';
import type { Owned } from './partitions.js';
import type { Produce } from './produce.js';
import type { SettleContext } from './settle.js';
import { settleOne } from './settling.js';
import { pause } from './writer.js';

/** A record in a lane. */
export interface Work {
  readonly record: IncomingRecord;
  readonly opened: Exclude<Opened, { kind: 'foreign' }>;
  readonly owned: Owned;
  /** The contract's name; `''` for what cannot be read. */
  readonly contract: string;
  /** Records of one lane run one at a time; undefined = it has none. */
  readonly lane: string | undefined;
  /** What is noted of it for the next owner, and true no more once it is settled. */
  readonly marks?: readonly string[];
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
  /** It failed, and its lane waits for its next attempt until then, in milliseconds since the epoch. Its offset stays. */
  readonly held?: Held;
  /** It was buried, and what was sent to its lane by then goes with it. */
  readonly condemns?: BuriedNote | undefined;
}

/** A record whose lane waits for its next attempt. */
export interface Held {
  readonly work: Work;
  /** In milliseconds since the epoch. */
  readonly untilMs: number;
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
      if (work.refused === undefined) deps.gate.judged(work, { verdict, outcome, nowMs }); // what did not run says nothing of its queue
      if (deps.events.has('attempt.ended')) deps.events.emit('attempt.ended', endOf(facts, verdict, nowMs - startedMs));
      if (ended !== undefined) reportOverdue(ended, facts, deps);
      if (verdict.kind !== 'hold') return { ...(await settleOne(work, verdict, { facts, deps, startedMs, nowMs, judged: ended === undefined ? judged : undefined })), ended }; // prettier-ignore
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

/** A record without an envelope cannot expire. */
const UNKNOWN = { attempt: 1, deadlineMs: undefined, retryingSinceMs: undefined };

function judge(outcome: Outcome, work: Work, by: Omit<Judgement, 'onError'>): Verdict {
  const { opened } = work;
  const onError = opened.kind === 'message' ? opened.binding.policy.onError : DEFAULT_ON_ERROR;
  return decide(outcome, opened.envelope ?? UNKNOWN, { ...by, onError, holdMs: holdOf(work)?.maxMs });
}
