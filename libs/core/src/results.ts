import type { Failure } from './errors.js';

/** `queued`: accepted; `retrying`: failed, waits for its next attempt; the other three are final. */
export type ResultStatus = 'queued' | 'retrying' | 'succeeded' | 'buried' | 'dropped';

/** What is known of a task, as the results topic has it. */
export interface TaskResult {
  readonly id: string;
  /** The contract's name; for recorded outcomes of events `<event>@<group>`. */
  readonly contract: string;
  readonly status: ResultStatus;
  readonly attempt: number;
  /** When the message was said and when this was written, in milliseconds since the epoch. */
  readonly sentMs: number;
  readonly atMs: number;
  /** Of a succeeded task. */
  readonly output?: unknown;
  /** Of a retrying or buried one, or the reason of a dropped one. */
  readonly error?: Pick<Failure, 'code' | 'name' | 'message'>;
  readonly idempotencyKey?: string;
  /** Fingerprint of the payload, with an idempotency key only. */
  readonly payloadHash?: string;
}

export interface Results {
  /** The partition of the results topic that this process listens to. */
  readonly replyTo: number;
  /** Resolves with the first final result. @throws SunbeonError `RESULT_TIMEOUT` */
  wait(id: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<TaskResult>;
  /**
   * The latest known result, also of an earlier life of all processes; undefined when there is none. An id without a time of
   * its own (an idempotency key's) is looked for since `sinceMs`, in milliseconds since the epoch; default: from the beginning.
   */
  lookup(id: string, options?: { readonly sinceMs?: number }): Promise<TaskResult | undefined>;
  /** Calls back for each status of one task from now on. @returns a function that ends it. */
  watch(id: string, onResult: (result: TaskResult) => void): () => void;
}
