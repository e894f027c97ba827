import { SunbeonError } from './errors.js';
import type { Envelope } from './envelope.js';
import type { Binding, Clock, Over } from './ports.js';

/** A timer cannot wait longer, about 24 days; a deadline beyond that limits no attempt. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Never aborts: for attempts that may take as long as they like. Who listens to it stops listening. */
export const NEVER: Over = { signal: new AbortController().signal };

/** A signal that is made when it is asked for: to make one takes longer than all else that is done for a message. */
class LazyOver implements Over {
  #controller: AbortController | undefined;
  #reason: unknown;

  constructor(private readonly watch: Watch) {}

  begins(inMs: number): void {
    this.watch.begins(inMs);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: object): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** What is limited: by the policy of its binding, and by its deadline. A delivery fits. */
export interface Limited {
  readonly binding: Binding;
  readonly envelope: Envelope;
}

/** Undefined where nothing limits the attempt: most attempts make none. */
export function watchOf(limited: Limited, released: AbortSignal, clock: Clock): Watch | undefined {
  const isLimited = limited.binding.policy.timeLimit !== undefined || limited.envelope.deadlineMs !== undefined;
  return isLimited ? new Watch(limited, released, clock) : undefined;
}

/**
 * The time of one attempt, counted from its making, or from what {@link Over.begins} says. At the soft limit (the policy's or the deadline, what comes first) `signal`
 * aborts; at the hard limit `over` does. `signal` aborts when the consumer lets go, too. One timer at a time, and nothing that a
 * quick handler would not need: there is a watch per message.
 */
export class Watch {
  /** Aborts at the hard limit. */
  readonly over = new LazyOver(this);
  #stop: AbortController | undefined;
  #exceeded: SunbeonError | undefined;
  #cancel: (() => void) | undefined;
  #onGivenUp: (() => void) | undefined;

  constructor(
    private readonly limited: Limited,
    private readonly released: AbortSignal,
    private readonly clock: Clock,
  ) {
    this.begins(0);
  }

  /** The limits count from so many milliseconds from now, unless one has passed. */
  begins(inMs: number): void {
    if (this.#exceeded !== undefined) return;
    this.#cancel?.();
    const { binding, envelope } = this.limited;
    const limitMs = inMs + (binding.policy.timeLimit?.softMs ?? Infinity);
    const leftMs = Math.max(0, (envelope.deadlineMs ?? Infinity) - this.clock.now());
    const softMs = Math.min(limitMs, leftMs);
    if (softMs > LONGEST_TIMER_MS) return;
    this.#cancel = this.clock.after(softMs, () => this.#exceed(inMs, softMs, softMs < limitMs));
  }

  /** The handler's: made when it is first asked for, for most never do. */
  get signal(): AbortSignal {
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      if (this.#exceeded !== undefined) this.#stop.abort(this.#exceeded);
      if (this.released.aborted) this.#release();
      else this.released.addEventListener('abort', this.#release);
    }
    return this.#stop.signal;
  }

  /** Which limit has passed, as an error; undefined while there is time. */
  get exceeded(): SunbeonError | undefined {
    return this.#exceeded;
  }

  /** Resolves at the hard limit; never without one. */
  givenUp(): Promise<undefined> {
    return new Promise((resolve) => (this.#onGivenUp = () => resolve(undefined)));
  }

  /** The attempt has ended: nothing aborts any more. */
  end(): void {
    this.#cancel?.();
    if (this.#stop !== undefined) this.released.removeEventListener('abort', this.#release);
  }

  readonly #release = (): void => this.#stop?.abort(this.released.reason);

  #exceed(inMs: number, softMs: number, isDeadline: boolean): void {
    const hardMs = this.limited.binding.policy.timeLimit?.hardMs;
    if (hardMs !== undefined) this.#cancel = this.clock.after(inMs + hardMs - softMs, () => this.#giveUp(hardMs));
    this.#exceeded = isDeadline ? pastDeadline(this.limited) : pastLimit(this.limited, softMs - inMs);
    this.#stop?.abort(this.#exceeded);
  }

  #giveUp(hardMs: number): void {
    this.#exceeded = pastHardLimit(this.limited, hardMs);
    this.over.abort(this.#exceeded);
    this.#onGivenUp?.();
  }
}

function pastDeadline({ binding: { where } }: Limited): SunbeonError {
  const what = `${where} was running when its message's deadline passed.`;
  return new SunbeonError('TIME_LIMIT_EXCEEDED', what, { facts: { where } });
}

function pastLimit({ binding: { where } }: Limited, softMs: number): SunbeonError {
  return new SunbeonError('TIME_LIMIT_EXCEEDED', `${where} took longer than its time limit of ${softMs} ms.`, {
    hint: 'Heed context.signal, raise timeLimitMs, or make the task smaller.',
    facts: { where, softMs },
  });
}

function pastHardLimit({ binding: { where } }: Limited, hardMs: number): SunbeonError {
  return new SunbeonError('TIME_LIMIT_EXCEEDED', `${where} did not end at its hard limit of ${hardMs} ms.`, {
    hint: "Heed context.signal or raise hardTimeLimitMs; a long computation can be ended in a thread only: isolate: 'thread'.",
    facts: { where, hardMs },
  });
}
