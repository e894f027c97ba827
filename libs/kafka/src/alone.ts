import type { Clock } from '@sunbeon/core/ports';
import type { Slots } from '@sunbeon/core/slots';

/** Suspects in a row for which the others wait: after that these go on for as long as they have waited. */
const LONGEST_HOLD_MS = 10_000;

/** Someone's stay alone, or beside those that did not end in time. */
export interface Stay {
  readonly isAlone: boolean;
  /** Others may begin again. Idempotent. */
  leave(): void;
}

interface Visitor {
  readonly patienceMs: number;
  readonly enters: (stay: Stay | undefined) => void;
  cancel: (() => void) | undefined;
  state: 'waits' | 'holds' | 'stays' | 'gone';
}

/**
 * Who may run with nothing beside it in this process: one at a time, in the order they came. Meanwhile no slot is given, in no
 * queue. While somebody is {@link watched}, nobody enters.
 */
export class Alone {
  readonly #visitors: Visitor[] = [];
  #current: Visitor | undefined;
  #opened: PromiseWithResolvers<void> | undefined;
  #heldSinceMs = 0;
  /** The others have their time. */
  #endRest: (() => void) | undefined;
  #watched = 0;
  /** Slots taken by what has not begun. */
  #idle = 0;

  constructor(
    private readonly slots: Slots,
    private readonly clock: Clock,
  ) {}

  /** Nothing may begin. */
  get isHeld(): boolean {
    return this.#opened !== undefined;
  }

  /** Resolves when things may begin again. */
  opened(): Promise<void> {
    return this.#opened?.promise ?? Promise.resolve();
  }

  /** A slot is taken by what waits and has not begun, until the function given back is called. */
  idles(): () => void {
    this.#idle++;
    this.#look();
    return () => void this.#idle--;
  }

  /** What happens to this process now shall not be a suspect's doing: none begins until the function given back is called. */
  watched(): () => void {
    this.#watched++;
    return () => {
      this.#watched--;
      this.#next();
    };
  }

  /**
   * Waits for its turn, then until nothing else runs, but no longer than `patienceMs`, in milliseconds.
   * @returns undefined when the signal aborted first
   */
  enter(patienceMs: number, leaving: AbortSignal): Promise<Stay | undefined> {
    return new Promise((resolve) => {
      const enters = (stay: Stay | undefined): void => {
        leaving.removeEventListener('abort', gives);
        resolve(stay);
      };
      const visitor: Visitor = { patienceMs, enters, cancel: undefined, state: 'waits' };
      const gives = (): void => this.#givesUp(visitor);
      if (leaving.aborted) return resolve(undefined);
      leaving.addEventListener('abort', gives);
      this.#visitors.push(visitor);
      this.#next();
    });
  }

  #next(): void {
    if (this.#current !== undefined || this.#watched > 0 || this.#endRest !== undefined) return;
    const visitor = this.#visitors.shift();
    if (visitor === undefined) return;
    [this.#current, visitor.state] = [visitor, 'holds'];
    this.#hold();
    visitor.cancel = this.clock.after(visitor.patienceMs, () => this.#admit(false));
    this.#look();
  }

  #hold(): void {
    if (this.isHeld) return;
    this.#opened = Promise.withResolvers();
    this.#heldSinceMs = this.clock.now();
    this.slots.hold(() => this.#look());
  }

  #look(): void {
    if (this.#current?.state === 'holds' && this.slots.running <= this.#idle) this.#admit(true);
  }

  #admit(isAlone: boolean): void {
    const visitor = this.#current!;
    visitor.cancel?.();
    visitor.state = 'stays';
    visitor.enters({ isAlone, leave: () => this.#leave(visitor) });
  }

  #givesUp(visitor: Visitor): void {
    visitor.enters(undefined);
    if (visitor.state === 'holds') return this.#leave(visitor);
    visitor.state = 'gone';
    this.#visitors.splice(this.#visitors.indexOf(visitor), 1);
    if (this.#visitors.length === 0) this.#rested(); // no timer is left behind
  }

  #leave(visitor: Visitor): void {
    if (visitor.state === 'gone') return;
    visitor.cancel?.();
    visitor.state = 'gone';
    this.#current = undefined;
    const heldMs = this.clock.now() - this.#heldSinceMs;
    if (this.#visitors.length > 0 && heldMs < LONGEST_HOLD_MS) this.#next();
    if (this.#current === undefined) this.#open(heldMs);
  }

  #open(heldMs: number): void {
    this.#opened?.resolve();
    this.#opened = undefined;
    this.slots.resume();
    if (this.#visitors.length > 0) this.#endRest ??= this.clock.after(heldMs, () => this.#rested());
  }

  #rested(): void {
    this.#endRest?.();
    this.#endRest = undefined;
    this.#next();
  }
}
