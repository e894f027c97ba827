import { type Counted, FailureWindow, type WindowLimits } from './failure-window.js';
import type { Outcome, Verdict } from './outcome.js';

/** When a queue is paused instead of emptying itself into its DLQ, and how it comes back. */
export interface BreakerOptions extends WindowLimits {
  /** How long nothing begins after the first trip, in milliseconds; twice as long after each probe that fails. */
  readonly pauseMs: number;
  /** The pause grows to this at most. */
  readonly maxPauseMs: number;
  /** Messages that are let through after a pause; when all of them succeed the queue goes on. */
  readonly probes: number;
}

/**
 * What all consumers of a queue agree on. `open`: nothing begins; `half-open`: nothing begins but the probes of the one who
 * says so.
 */
export interface Circuit {
  readonly state: 'closed' | 'open' | 'half-open';
  /** One more than that of the circuit which it follows. */
  readonly epoch: number;
  /** In milliseconds since the epoch, by the clock of who says it. */
  readonly sinceMs: number;
  /** `open`: then somebody may probe; `half-open`: then somebody else may. */
  readonly untilMs: number;
  readonly reason: string;
  /** The process, or the person, that says it. */
  readonly by: string;
  /** How many times it was opened since it was last closed. */
  readonly trips: number;
}

export const CLOSED: Circuit = Object.freeze({
  state: 'closed',
  epoch: 0,
  sinceMs: 0,
  untilMs: 0,
  reason: '',
  by: '',
  trips: 0,
});

/** Why nothing of a queue begins, for people. */
export interface QueuePause {
  /** `<queue>`, or of events `<topic>.<group>`; without the deployment's prefix. */
  readonly queue: string;
  /** `paused`: by a person; `open`: by the breaker; `half-open`: by the breaker, but for its probes. */
  readonly state: 'paused' | 'open' | 'half-open';
  readonly reason: string;
  /** The process or the person. */
  readonly by: string;
  /** Since when, in milliseconds since the epoch. */
  readonly atMs: number;
  /** When it is tried again at the earliest; undefined: not before a person says so. */
  readonly untilMs?: number;
}

export interface BreakerProcess {
  /** Of this process alone: it knows its own circuits by it. */
  readonly by: string;
  /** In [0, 1): consumers whose pause ends at one moment ask a little after each other for the probes. */
  readonly spread: number;
}

/** The most that a circuit read elsewhere can hold a queue up, whatever it says: one day. */
export const LONGEST_PAUSE_MS = 24 * 3_600_000;
/** Who is last to ask for the probes is so much later than the first, or a tenth of the pause if that is less. */
const SPREAD_MS = 1_000;

/**
 * The flood breaker of one queue in one consumer: it counts its own attempts, and what it decides holds for all consumers once
 * they have read it. Pure: it knows no clock and writes nothing; a circuit that it returns is to be told to the others.
 */
export class Breaker {
  readonly #window: FailureWindow;
  readonly #probes = new Set<object>();
  #circuit = CLOSED;
  #dueMs = 0;
  #succeeded = 0;

  constructor(
    private readonly options: BreakerOptions,
    private readonly me: BreakerProcess,
  ) {
    this.#window = new FailureWindow(options);
  }

  get circuit(): Circuit {
    return this.#circuit;
  }

  /** When {@link claim} or {@link conclude} may have something to say; undefined while it is closed. */
  get dueMs(): number | undefined {
    return this.#circuit.state === 'closed' ? undefined : this.#dueMs;
  }

  /**
   * A circuit was read: the last one written holds. Only of those who ask for the probes at once the first is heard: its epoch is
   * taken then, and the others are told so by false.
   */
  take(circuit: Circuit, nowMs: number): boolean {
    const now = this.#circuit;
    if (isSame(circuit, now)) return true;
    if (circuit.state === 'half-open' && circuit.epoch <= now.epoch) return false;
    if (circuit.state !== 'half-open' || now.state !== 'half-open') this.#forgetProbes();
    if (circuit.state === 'closed') this.#window.clear();
    this.#circuit = circuit;
    this.#dueMs = this.#due(circuit, nowMs);
    return true;
  }

  /**
   * Our {@link claim} came too late, and lies on the log above what holds: who reads only the last record (a consumer that starts,
   * of a compacted topic) must not believe it.
   * @returns what is to be written again
   */
  amend(lost: Circuit): Circuit | undefined {
    return lost.by === this.me.by && this.#circuit.state !== 'half-open' ? this.#circuit : undefined;
  }

  /** Whether one more may begin; then {@link began} is to be called. */
  mayBegin(): boolean {
    const { state, by } = this.#circuit;
    if (state !== 'half-open') return state === 'closed';
    return by === this.me.by && this.#probes.size + this.#succeeded < this.options.probes;
  }

  began(work: object): void {
    if (this.#circuit.state === 'half-open') this.#probes.add(work);
  }

  /** A verdict. What began before the queue was paused is not asked any more. */
  judged(work: object, what: Counted, nowMs: number): Circuit | undefined {
    if (this.#probes.has(work)) return this.#probed(work, what, nowMs);
    if (this.#circuit.state !== 'closed') return undefined;
    const reason = this.#window.count(what, nowMs);
    return reason === undefined ? undefined : this.#opened(reason, nowMs);
  }

  /** It is over, with a verdict or without (its partition went to another consumer): another one may begin in its place. */
  ended(work: object): void {
    this.#probes.delete(work);
  }

  /**
   * The pause, or the time of who probes, is over, and there is something to probe with. It holds when it has been read back, by
   * {@link take}: of several that ask at once the others see that they were not the first.
   */
  claim(nowMs: number): Circuit | undefined {
    const { state, by, trips, reason } = this.#circuit;
    if (state === 'closed' || nowMs < this.#dueMs) return undefined;
    if (state === 'half-open' && by === this.me.by) return undefined;
    return this.#next({ state: 'half-open', reason, trips, sinceMs: nowMs, untilMs: nowMs + this.#pauseOf(trips) });
  }

  /** The time for probes is over: if there were fewer messages than probes, and all of them succeeded, that is enough. */
  conclude(nowMs: number): Circuit | undefined {
    if (this.#circuit.state !== 'half-open' || nowMs < this.#dueMs) return undefined;
    return this.#succeeded > 0 && this.#probes.size === 0 ? this.#closed(nowMs) : undefined;
  }

  #probed(work: object, what: Counted, nowMs: number): Circuit | undefined {
    if (what === 'nothing') return undefined;
    this.#probes.delete(work);
    if (what !== 'success') return this.#opened('a probe failed', nowMs);
    this.#succeeded++;
    return this.#succeeded >= this.options.probes ? this.#closed(nowMs) : this.conclude(nowMs);
  }

  #opened(reason: string, nowMs: number): Circuit {
    const trips = this.#circuit.trips + 1;
    return this.#goTo({ state: 'open', reason, trips, sinceMs: nowMs, untilMs: nowMs + this.#pauseOf(trips) });
  }

  #closed(nowMs: number): Circuit {
    const reason = this.#succeeded === 1 ? 'a probe succeeded' : `${this.#succeeded} probes succeeded`;
    return this.#goTo({ state: 'closed', reason, trips: 0, sinceMs: nowMs, untilMs: nowMs });
  }

  /** What we decide holds here at once: the others hear of it. */
  #goTo(change: Omit<Circuit, 'epoch' | 'by'>): Circuit {
    const circuit = this.#next(change);
    this.take(circuit, circuit.sinceMs);
    return circuit;
  }

  #next(change: Omit<Circuit, 'epoch' | 'by'>): Circuit {
    return Object.freeze({ ...change, epoch: this.#circuit.epoch + 1, by: this.me.by });
  }

  /** By our clock, and never longer from now on than the pause is: the clock of who wrote it may be ahead. */
  #due({ sinceMs, untilMs }: Circuit, nowMs: number): number {
    const lengthMs = Math.min(Math.max(untilMs - sinceMs, 0), LONGEST_PAUSE_MS);
    return Math.min(untilMs, nowMs + lengthMs) + this.me.spread * Math.min(SPREAD_MS, lengthMs / 10);
  }

  #pauseOf(trips: number): number {
    const { pauseMs, maxPauseMs } = this.options;
    return Math.min(pauseMs * 2 ** Math.max(0, trips - 1), maxPauseMs);
  }

  #forgetProbes(): void {
    this.#probes.clear();
    this.#succeeded = 0;
  }
}

/**
 * What a verdict says about the queue: drops, expiries and waiting for a registry nothing bad; what cannot be read is buried, but
 * no handler has failed.
 */
export function countedAs(verdict: Verdict, outcome: Outcome): Counted {
  switch (verdict.kind) {
    case 'finish':
      return 'success';
    case 'drop':
      return verdict.code === 'EXPIRED' ? 'nothing' : 'success';
    case 'retry':
      return 'failure';
    case 'hold':
      return 'nothing';
    case 'bury':
      return outcome.kind === 'unreadable' ? 'unreadable' : 'burial';
  }
}

function isSame(one: Circuit, other: Circuit): boolean {
  return one.state === other.state && one.epoch === other.epoch && one.by === other.by;
}
