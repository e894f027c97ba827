import { type Contract, type InputOf, type TaskContext, type TaskLogger } from '@sunbeon/core';
import type { FollowUpOptions } from '@sunbeon/core/context';
import { pack, packError, type PackedError, unpackError } from './parcel.js';
import type { ContextFacts, FollowUp, FromThread, Line } from './protocol.js';

/** An attempt as the thread sees it: what its handler does beyond computing is done by the process it belongs to. */
export class ThreadAttempt {
  readonly #stop = new AbortController();
  readonly #sending = new Map<number, PromiseWithResolvers<string>>();
  #calls = 0;

  constructor(
    readonly run: number,
    private readonly facts: ContextFacts,
    private readonly post: (message: FromThread) => void,
  ) {}

  context(): TaskContext {
    const enqueue: TaskContext['enqueue'] = (contract, payload, options) => this.#enqueue(contract, payload, options);
    return { ...this.facts, signal: this.#stop.signal, logger: this.#logger(), enqueue };
  }

  abort(reason: PackedError): void {
    this.#stop.abort(unpackError(reason));
  }

  isReason(thrown: unknown): boolean {
    return this.#stop.signal.aborted && thrown === this.#stop.signal.reason;
  }

  sent(call: number, id: string): void {
    this.#sending.get(call)?.resolve(id);
    this.#sending.delete(call);
  }

  unsent(call: number, error: PackedError): void {
    this.#sending.get(call)?.reject(unpackError(error));
    this.#sending.delete(call);
  }

  async #enqueue<C extends Contract>(contract: C, payload: InputOf<C>, options?: FollowUpOptions): Promise<string> {
    const call = this.#calls++;
    const followUp: FollowUp = { call, contract: contract.name, payload: pack(payload), options };
    const answer = Promise.withResolvers<string>();
    this.#sending.set(call, answer);
    this.post({ kind: 'enqueue', run: this.run, ...followUp });
    return answer.promise;
  }

  #logger(): TaskLogger {
    const write = (level: Line['level']) => (message: string, cause?: unknown) =>
      this.post({ kind: 'log', run: this.run, level, message, cause: cause === undefined ? undefined : packError(cause) }); // prettier-ignore
    return { log: write('log'), warn: write('warn'), error: write('error') };
  }
}
