import type { TaskContext } from './context.js';
import { SunbeonError } from './errors.js';
import type { Clock } from './ports.js';

/** One message of a batch. */
export interface BatchItem<Payload = unknown> {
  readonly payload: Payload;
  readonly context: TaskContext;
}

/** When a batch is full enough to be called. */
export interface BatchLimits {
  /** Messages of one call at most. */
  readonly size: number;
  /** How long the first message of a batch waits for others, in milliseconds. */
  readonly lingerMs: number;
}

/**
 * The outcomes of the items in their order: an output, or an Error (`Retry`, `Drop` and `Bury` are some) for one that failed.
 * Nothing at all = every item is done.
 */
export type BatchHandler = (items: readonly BatchItem[]) => Promise<unknown>;

interface Waiting {
  readonly item: BatchItem;
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly leave: () => void;
}

/**
 * Gathers the concurrent attempts of one handler into calls of many. Each item stays an attempt of its own, with its lane, slot,
 * time limit and outcome; so the way of a message is the same with and without batches.
 */
export class Batches {
  #waiting: Waiting[] = [];
  #cancel: (() => void) | undefined;

  /** @param where `Class.method`, for messages to people */
  constructor(
    private readonly handler: BatchHandler,
    private readonly limits: BatchLimits & { readonly where: string },
    private readonly clock: Clock,
  ) {}

  /** Ends as the item does. One whose signal aborts before its batch is called leaves it. */
  add(payload: unknown, context: TaskContext): Promise<unknown> {
    const { signal } = context;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const waiting = { item: { payload, context }, resolve, reject, leave: () => this.#leave(waiting) };
      signal.addEventListener('abort', waiting.leave);
      this.#waiting.push(waiting);
      if (this.#waiting.length >= this.limits.size) this.#call();
      else if (this.#waiting.length === 1) this.#cancel = this.clock.after(this.limits.lingerMs, () => this.#call());
    });
  }

  #leave(waiting: Waiting): void {
    this.#waiting = this.#waiting.filter((other) => other !== waiting);
    if (this.#waiting.length === 0) this.#cancel?.();
    waiting.reject(waiting.item.context.signal.reason);
  }

  #call(): void {
    this.#cancel?.();
    const batch = this.#waiting;
    this.#waiting = [];
    for (const { item, leave } of batch) item.context.signal.removeEventListener('abort', leave);
    void this.#run(batch);
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = this.#checked(await this.handler(batch.map(({ item }) => item)), batch.length);
      batch.forEach(({ resolve, reject }, i) => (outcomes[i] instanceof Error ? reject(outcomes[i]) : resolve(outcomes[i]))); // prettier-ignore
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  /** @throws SunbeonError `HANDLER_FAILED`: whose outcome is whose cannot be guessed */
  #checked(outcomes: unknown, count: number): readonly unknown[] {
    if (outcomes === undefined || outcomes === null) return [];
    if (Array.isArray(outcomes) && outcomes.length === count) return outcomes;
    const { where } = this.limits;
    const got = Array.isArray(outcomes) ? `${outcomes.length} outcomes` : `a ${typeof outcomes}`;
    throw new SunbeonError('HANDLER_FAILED', `${where} returned ${got} for ${count} items: none is taken for done.`, {
      hint: 'Return one outcome per item in their order (an Error for one that failed), or nothing when all are done.',
      facts: { where, count },
    });
  }
}
