import type { Clock, Results, TaskResult } from '@sunbeon/core/ports';
import { isFinal } from '@sunbeon/core/result-status';
import { DoorError } from './problem.js';

/** A place in the waiting room: `signal` aborts when the client leaves or the server goes down. */
export interface Place {
  readonly signal: AbortSignal;
  /** Why the signal aborted. */
  readonly closing: () => boolean;
  /** The client is gone. */
  abandon(): void;
  leave(): void;
}

/** Long polls and event streams: how many at once is bounded, and a shutdown ends them all, politely. */
export class WaitingRoom {
  readonly #taken = new Set<AbortController>();
  #closing = false;

  constructor(private readonly maxWaiters: number) {}

  get size(): number {
    return this.#taken.size;
  }

  /** @throws DoorError `TOO_MANY_WAITERS`, `NOT_RUNNING` */
  enter(): Place {
    if (this.#closing) throw new DoorError('NOT_RUNNING', 'The server is going down.', { hint: 'Ask again: another one will answer.' }); // prettier-ignore
    if (this.#taken.size >= this.maxWaiters) {
      throw new DoorError('TOO_MANY_WAITERS', `${this.maxWaiters} requests are waiting already.`, {
        hint: 'Ask again later, or read the status without waiting.',
      });
    }
    const controller = new AbortController();
    this.#taken.add(controller);
    return {
      signal: controller.signal,
      closing: () => this.#closing,
      abandon: () => controller.abort(),
      leave: () => void this.#taken.delete(controller),
    };
  }

  /** Ends all waits, and takes no new ones. */
  close(): void {
    this.#closing = true;
    for (const controller of this.#taken) controller.abort();
  }
}

/**
 * Waits for the final result of a task. Watching begins before the lookup, so that a result in between is not missed.
 * @returns the latest known result when the time is up or `signal` aborts; undefined = nothing is known of the task
 */
export async function waitForFinal(
  results: Pick<Results, 'lookup' | 'watch'>,
  id: string,
  limits: { readonly waitMs: number; readonly signal: AbortSignal; readonly clock: Clock },
): Promise<TaskResult | undefined> {
  const ended = Promise.withResolvers<void>();
  let latest: TaskResult | undefined;
  const see = (result: TaskResult): void => {
    if (latest === undefined || !isFinal(latest.status)) latest = result;
    if (isFinal(result.status)) ended.resolve();
  };
  const unwatch = results.watch(id, see);
  const cancel = limits.clock.after(limits.waitMs, ended.resolve);
  limits.signal.addEventListener('abort', () => ended.resolve(), { once: true });
  try {
    const known = await results.lookup(id);
    if (known !== undefined && (latest === undefined || isFinal(known.status))) see(known);
    if (limits.waitMs > 0 && !limits.signal.aborted) await ended.promise;
    return latest;
  } finally {
    cancel();
    unwatch();
  }
}
