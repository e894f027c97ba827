import type { Contract, InputOf } from './contract.js';
import type { Envelope } from './envelope.js';
import type { Events } from './events.js';
import { followUps, handlerLogger } from './followups.js';
import type { RecordHeaders } from './headers.js';
import type { IncomingRecord, Transport } from './ports.js';

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
  /** After this moment nobody wants it done any more, in milliseconds since the epoch; undefined = no such moment. */
  readonly deadlineMs: number | undefined;
  /** Aborted when the handler has to end: at its time limit, at the deadline, or when the consumer lets go (stop, rebalance). */
  readonly signal: AbortSignal;
  /**
   * It runs to be compared with what became of it in the past: nothing is settled, and `enqueue` sends nothing. A handler that does
   * something to the world outside leaves that out.
   */
  readonly isShadow: boolean;
  readonly logger: TaskLogger;
  /**
   * Sends a follow-up task or event. Its id is derived from this message's id, the contract and the call's place, so that a
   * second attempt sends the same messages again and not new ones. Resolves when all in-sync replicas have it.
   * @returns the follow-up's id.
   */
  readonly enqueue: <C extends Contract>(
    contract: C,
    payload: InputOf<C>,
    options?: FollowUpOptions,
  ) => Promise<string>;
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

/** What a context is made of. */
export interface ContextSource {
  readonly record: IncomingRecord;
  readonly envelope: Envelope;
}

export interface ContextDependencies {
  readonly events: Events;
  readonly send: Transport['send'];
  readonly source: string;
  /** Default no. */
  readonly isShadow?: boolean;
}

/** The context of one attempt. There is one per message: what a handler does not ask for is never made. */
export class AttemptContext implements TaskContext {
  readonly #from: ContextSource;
  readonly #stop: { readonly signal: AbortSignal };
  readonly #deps: ContextDependencies;
  #logger: TaskLogger | undefined;
  #enqueue: TaskContext['enqueue'] | undefined;

  /** @param stop where the handler's signal is: asked only when the handler asks. */
  constructor(from: ContextSource, stop: { readonly signal: AbortSignal }, deps: ContextDependencies) {
    this.#from = from;
    this.#stop = stop;
    this.#deps = deps;
  }

  get id(): string {
    return this.#from.envelope.id;
  }
  get contract(): string {
    return this.#from.envelope.type;
  }
  get attempt(): number {
    return this.#from.envelope.attempt;
  }
  get key(): string | undefined {
    return this.#from.envelope.key;
  }
  get headers(): RecordHeaders {
    return this.#from.record.headers;
  }
  get topic(): string {
    return this.#from.record.topic;
  }
  get partition(): number {
    return this.#from.record.partition;
  }
  get offset(): number {
    return this.#from.record.offset;
  }
  get sentMs(): number {
    return this.#from.envelope.timeMs;
  }
  get deadlineMs(): number | undefined {
    return this.#from.envelope.deadlineMs;
  }
  get signal(): AbortSignal {
    return this.#stop.signal;
  }
  get isShadow(): boolean {
    return this.#deps.isShadow ?? false;
  }
  get logger(): TaskLogger {
    const { id, contract, attempt } = this;
    return (this.#logger ??= handlerLogger({ id, contract, attempt }, this.#deps.events));
  }
  get enqueue(): TaskContext['enqueue'] {
    return (this.#enqueue ??= followUps(this.#from.envelope, this.#deps));
  }
}
