import { Breaker, type BreakerOptions, type Circuit, CLOSED, countedAs, type QueuePause } from '@sunbeon/core/breaker';
import type { Events } from '@sunbeon/core/events';
import type { Clock } from '@sunbeon/core/ports';
import { pauseOf, RELEASED, type Wish } from './control-records.js';
import type { Gate } from './gate.js';

export interface QueueControlDependencies {
  readonly queue: string;
  /** False: it counts nothing and heeds no breaker, only people. */
  readonly breaker: BreakerOptions | false;
  readonly clock: Clock;
  readonly events: Events;
  /** Of this process alone. */
  readonly by: string;
  /** In [0, 1). */
  readonly spread: number;
  /** To all consumers, this one too; does not wait. */
  tell(circuit: Circuit): void;
}

/** A claim that has not come back by then is held for granted: a control topic that is away stops nothing. */
const CLAIM_MS = 2_000;

/** One queue of this process: what its breaker and people say, as far as it has been read. */
export class QueueControl implements Gate {
  readonly #breaker: Breaker | undefined;
  #wish = RELEASED;
  /** Until what holds has been read, nothing begins. */
  #isKnown = false;
  #isStopped = false;
  /** What people were told last. */
  #said = '';
  #ask: () => void = () => undefined;
  #claimed: Circuit | undefined;
  #cancelClaim: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;

  constructor(private readonly deps: QueueControlDependencies) {
    const { breaker, by, spread } = deps;
    this.#breaker = breaker === false ? undefined : new Breaker(breaker, { by, spread });
  }

  get paused(): QueuePause | undefined {
    return pauseOf(this.deps.queue, { wish: this.#wish, circuit: this.#breaker?.circuit ?? CLOSED });
  }

  whenOpen(ask: () => void): void {
    this.#ask = ask;
  }

  mayBegin({ waiting }: { readonly waiting: number }): boolean {
    if (!this.#isKnown || this.#wish.state === 'paused') return false;
    if (this.#breaker === undefined || this.#breaker.mayBegin()) return true;
    if (waiting > 0 && this.#claimed === undefined) this.#claim();
    return this.#breaker.mayBegin();
  }

  began(work: object): void {
    this.#breaker?.began(work);
  }

  judged(work: object, { verdict, outcome, nowMs }: Parameters<Gate['judged']>[1]): void {
    this.#tell(this.#breaker?.judged(work, countedAs(verdict, outcome), nowMs));
  }

  ended(work: object): void {
    if (this.#breaker === undefined || this.#breaker.circuit.state === 'closed') return;
    this.#breaker.ended(work);
    this.#tell(this.#breaker.conclude(this.deps.clock.now()));
  }

  /** A breaker's word was read, perhaps ours. */
  readCircuit(circuit: Circuit): void {
    if (this.#breaker === undefined) return;
    if (this.#claimed !== undefined && circuit.epoch >= this.#claimed.epoch) this.#endClaim();
    if (!this.#breaker.take(circuit, this.deps.clock.now())) {
      const again = this.#breaker.amend(circuit);
      if (again !== undefined) this.deps.tell(again);
    }
    this.#changed();
  }

  /** A person's word was read. */
  readWish(wish: Wish): void {
    this.#wish = wish;
    this.#changed();
  }

  /** What holds has been read, or cannot be: from now on it counts. */
  known(): void {
    this.#isKnown = true;
    this.#changed();
  }

  stop(): void {
    this.#isStopped = true;
    this.#endClaim();
    this.#cancelTimer?.();
  }

  #claim(): void {
    const circuit = this.#breaker!.claim(this.deps.clock.now());
    if (circuit === undefined || this.#isStopped) return;
    this.#claimed = circuit;
    this.#cancelClaim = this.deps.clock.after(CLAIM_MS, () => this.readCircuit(circuit));
    this.deps.tell(circuit);
  }

  #endClaim(): void {
    this.#cancelClaim?.();
    this.#claimed = undefined;
  }

  /** What our own breaker decided: it holds here already. */
  #tell(circuit: Circuit | undefined): void {
    if (circuit === undefined) return;
    this.deps.tell(circuit);
    this.#changed();
  }

  #changed(): void {
    if (!this.#isKnown || this.#isStopped) return;
    this.#say();
    this.#wakeWhenDue();
    this.#ask();
  }

  /** Once for each change, not for each consumer that says the same. */
  #say(): void {
    const { paused } = this;
    const now =
      paused === undefined
        ? ''
        : `${paused.state} ${paused.state === 'paused' ? paused.atMs : this.#breaker!.circuit.trips}`;
    if (now === this.#said) return;
    this.#said = now;
    const isOwn = (said: string): boolean => said === this.deps.by;
    if (paused !== undefined) return this.deps.events.emit('queue.paused', { ...paused, isOwn: isOwn(paused.by) });
    const { circuit = CLOSED } = this.#breaker ?? {};
    const { reason, by, atMs } = circuit.sinceMs > this.#wish.atMs ? { ...circuit, atMs: circuit.sinceMs } : this.#wish;
    this.deps.events.emit('queue.resumed', { queue: this.deps.queue, reason, by, atMs, isOwn: isOwn(by) });
  }

  #wakeWhenDue(): void {
    this.#cancelTimer?.();
    const dueMs = this.#breaker?.dueMs;
    if (dueMs === undefined) return;
    const inMs = dueMs - this.deps.clock.now();
    // One more: timers are set in whole milliseconds, and may go off within the last of them.
    if (inMs > 0) this.#cancelTimer = this.deps.clock.after(Math.ceil(inMs) + 1, () => this.#due());
  }

  #due(): void {
    if (this.deps.clock.now() < this.#breaker!.dueMs!) return this.#wakeWhenDue(); // a clock that was set back
    const told = this.#breaker!.conclude(this.deps.clock.now());
    this.#tell(told);
    if (told === undefined) this.#ask(); // there may be something to probe with
  }
}
