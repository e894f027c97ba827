import { SunbeonError } from './errors.js';
import type { Envelope } from './envelope.js';
import type { Binding, Clock } from './ports.js';

/** A timer cannot wait longer, about 24 days; a deadline beyond that limits no attempt. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Never aborts: for attempts that may take as long as they like. Who listens to it stops listening. */
export const NEVER: AbortSignal = new AbortController().signal;

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
 * The time of one attempt, counted from its making. At the soft limit (the policy's or the deadline, what comes first) `signal`
 * aborts; at the hard limit `over` does. `signal` aborts when the consumer lets go, too.
 */
export class Watch {
  readonly #over = new AbortController();
  readonly #timers: (() => void)[] = [];
  #stop: AbortController | undefined;
  #exceeded: SunbeonError | undefined;

  constructor(
    private readonly limited: Limited,
    private readonly released: AbortSignal,
    clock: Clock,
  ) {
    const { timeLimit } = limited.binding.policy;
    const { deadlineMs = Infinity } = limited.envelope;
    const leftMs = Math.max(0, deadlineMs - clock.now());
    const softMs = Math.min(timeLimit?.softMs ?? Infinity, leftMs);
    if (softMs <= LONGEST_TIMER_MS)
      this.#timers.push(clock.after(softMs, () => this.#exceed(softMs, softMs === leftMs)));
    if (timeLimit !== undefined) this.#timers.push(clock.after(timeLimit.hardMs, () => this.#giveUp(timeLimit.hardMs)));
    released.addEventListener('abort', this.#release);
  }

  /** The handler's: made when it is first asked for, for most never do. */
  get signal(): AbortSignal {
    if (this.#stop === undefined) {
      this.#stop = new AbortController();
      if (this.released.aborted) this.#release();
      else if (this.#exceeded !== undefined) this.#stop.abort(this.#exceeded);
    }
    return this.#stop.signal;
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Which limit has passed, as an error; undefined while there is time. */
  get exceeded(): SunbeonError | undefined {
    return this.#exceeded;
  }

  /** Resolves at the hard limit; never without one. */
  givenUp(): Promise<undefined> {
    return new Promise((resolve) => this.over.addEventListener('abort', () => resolve(undefined)));
  }

  /** The attempt has ended: nothing aborts any more. */
  end(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
    this.released.removeEventListener('abort', this.#release);
  }

  readonly #release = (): void => this.#stop?.abort(this.released.reason);

  #exceed(softMs: number, isDeadline: boolean): void {
    const { where } = this.limited.binding;
    this.#exceeded = isDeadline
      ? new SunbeonError('TIME_LIMIT_EXCEEDED', `${where} was running when its message's deadline passed.`, { facts: { where } }) // prettier-ignore
      : new SunbeonError('TIME_LIMIT_EXCEEDED', `${where} took longer than its time limit of ${softMs} ms.`, {
          hint: 'Heed context.signal, raise timeLimitMs, or make the task smaller.',
          facts: { where, softMs },
        });
    this.#stop?.abort(this.#exceeded);
  }

  #giveUp(hardMs: number): void {
    const { where } = this.limited.binding;
    this.#exceeded = new SunbeonError(
      'TIME_LIMIT_EXCEEDED',
      `${where} did not end at its hard limit of ${hardMs} ms.`,
      {
        hint: "Heed context.signal; what cannot (long computations) belongs into a thread: isolate: 'thread'.",
        facts: { where, hardMs },
      },
    );
    this.#over.abort(this.#exceeded);
  }
}
