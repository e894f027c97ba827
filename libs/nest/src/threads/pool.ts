import { SunbeonError } from '@sunbeon/core';
import type { HandlerThread, ThreadTask } from './worker.js';

/** Who waits for a thread. */
interface Waiter {
  readonly resolve: () => void;
}

/** How long a thread may take to be there before it counts as time of the attempt that waits for it. */
const PATIENCE_MS = 60_000;

/**
 * At most `size` threads, one attempt in each. The first is started to see that it can be; the others when they are needed. A
 * thread that has ended, by its own fault or by a hard limit, is replaced when the next attempt needs one.
 */
export class ThreadPool {
  readonly #all = new Set<HandlerThread>();
  readonly #idle: HandlerThread[] = [];
  readonly #waiting = new Set<Waiter>();
  #busy = 0;

  constructor(
    private readonly size: number,
    private readonly spawn: () => HandlerThread,
  ) {}

  /** @returns the names of the handlers that threads have. @throws what the first thread failed with */
  async start(): Promise<readonly string[]> {
    const thread = this.#spawned();
    const handlers = await thread.ready();
    this.#idle.push(thread);
    return handlers;
  }

  /** @throws SunbeonError `THREAD_DIED`, the signal's reason when it aborts before a thread is free, and what the handler throws */
  async run(task: ThreadTask): Promise<unknown> {
    task.over.begins?.(PATIENCE_MS);
    await this.#slot(task.context.signal);
    try {
      const thread = this.#taken() ?? this.#spawned();
      await thread.ready().catch(notStarted);
      return await this.#runIn(thread, task);
    } finally {
      this.#leave();
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#all].map((thread) => thread.stop()));
  }

  async #runIn(thread: HandlerThread, task: ThreadTask): Promise<unknown> {
    try {
      task.context.signal.throwIfAborted(); // its deadline has passed, or the consumer lets go
      task.over.begins?.(0);
      return await thread.run(task);
    } finally {
      if (!thread.isDead) this.#idle.push(thread);
    }
  }

  /** First come, first served. */
  async #slot(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#busy < this.size) return void this.#busy++;
    await new Promise<void>((resolve, reject) => {
      const waiter = { resolve: () => (signal.removeEventListener('abort', leave), resolve()) };
      const leave = (): void => (this.#waiting.delete(waiter), reject(signal.reason as Error));
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(waiter);
    });
  }

  /** The slot goes to the first who waits. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) return void this.#busy--;
    this.#waiting.delete(next);
    next.resolve();
  }

  #taken(): HandlerThread | undefined {
    const thread = this.#idle.pop();
    return thread?.isDead ? this.#taken() : thread; // one may die while it has nothing to do
  }

  #spawned(): HandlerThread {
    for (const thread of this.#all) if (thread.isDead) this.#all.delete(thread);
    const thread = this.spawn();
    this.#all.add(thread);
    return thread;
  }
}

/** Whatever it failed with, an error that no retry can help too: it is no fault of the message. */
function notStarted(cause: unknown): never {
  throw new SunbeonError('THREAD_DIED', `No thread could be started: ${(cause as Error).message}`, { cause });
}
