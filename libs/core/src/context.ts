import type { Contract, InputOf } from './contract.js';
import type { RecordHeaders } from './headers.js';

/** What a handler may need besides its payload. */
export interface TaskContext {
  /** The message's id: stable across attempts. */
  readonly id: string;
  readonly contract: string;
  /** From 1. */
  readonly attempt: number;
  readonly key: string | undefined;
  readonly headers: RecordHeaders;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** When the message was first said, in milliseconds since the epoch. */
  readonly sentMs: number;
  /** Aborted when the consumer must let go of the message (stop, rebalance). */
  readonly signal: AbortSignal;
  readonly logger: TaskLogger;
  /**
   * Sends a follow-up task or event. Its id is derived from this message's id, the contract and the call's place, so that a
   * second attempt sends the same messages again and not new ones. Resolves when all in-sync replicas have it.
   * @returns the follow-up's id.
   */
  enqueue<C extends Contract>(contract: C, payload: InputOf<C>, options?: FollowUpOptions): Promise<string>;
}

export interface FollowUpOptions {
  /** Names this follow-up among others of the same contract; default: the number of the unnamed call (0, 1, …) within the attempt. */
  readonly name?: string;
}

/** Each line carries the message's id, contract and attempt. */
export interface TaskLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string, cause?: unknown): void;
}
