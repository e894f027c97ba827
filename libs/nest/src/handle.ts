import { type OutputOf, SunbeonError, type TaskContract } from '@sunbeon/core';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import type { Results, TaskResult } from '@sunbeon/core/ports';
import { checkTimeout } from './config.js';

export interface ResultOptions {
  /** Default: the module's `resultTimeoutMs`. */
  readonly timeoutMs?: number;
  /** Ends the waiting early; the task itself goes on. */
  readonly signal?: AbortSignal;
}

/** A task that was sent: its id, and the way to its result. */
export class TaskHandle<C extends TaskContract = TaskContract> {
  constructor(
    readonly id: string,
    readonly contract: C,
    private readonly source: { readonly results: Results; readonly resultTimeoutMs: number },
  ) {}

  /**
   * Waits for the final result.
   * @returns the handler's output; null for a task without
   * @throws SunbeonError `TASK_BURIED`, `TASK_DROPPED`, `EXPIRED` (facts: id, contract, attempt and the failure),
   * `RESULT_TIMEOUT`, `OPTION_INVALID`
   */
  async result(options: ResultOptions = {}): Promise<OutputOf<C>> {
    refuseUnknownOptions(options, ['timeoutMs', 'signal'], `the result of ${this.#name()}`);
    const { timeoutMs = this.source.resultTimeoutMs, signal } = options;
    checkTimeout(timeoutMs, `the result of ${this.#name()}: timeoutMs`);
    const wait = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
    return this.#outputOf(await this.source.results.wait(this.id, wait));
  }

  /** The latest known result, without waiting; undefined when nothing is known of this id. */
  async lookup(): Promise<TaskResult | undefined> {
    return this.source.results.lookup(this.id);
  }

  #outputOf(result: TaskResult): OutputOf<C> {
    if (result.status === 'succeeded') return (result.output ?? null) as OutputOf<C>;
    const { id, attempt, error } = result;
    const facts = { id, contract: this.contract.name, attempt, error };
    if (error?.code === 'EXPIRED') {
      throw new SunbeonError('EXPIRED', `${this.#name()} was not done by its deadline: ${error.message}`, { facts });
    }
    if (result.status === 'dropped') {
      throw new SunbeonError('TASK_DROPPED', `${this.#name()} was dropped: ${error?.message ?? 'no reason given'}`, {
        facts,
      });
    }
    throw new SunbeonError('TASK_BURIED', `${this.#name()} was buried after attempt ${attempt}: ${describe(error)}`, {
      hint: 'It lies in its DLQ: look at it with "sunbeon dlq show", mend the cause, and replay it.',
      facts,
    });
  }

  #name(): string {
    return `task "${this.contract.name}" ${this.id}`;
  }
}

function describe(error: TaskResult['error']): string {
  if (error === undefined) return 'the reason is not known.';
  return `${error.name}: ${error.message}${/[.!?]$/.test(error.message) ? '' : '.'}`;
}
