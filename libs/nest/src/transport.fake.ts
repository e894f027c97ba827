import type { TaskContext } from '@sunbeon/core';
import { Events } from '@sunbeon/core/events';
import type {
  Binding,
  Codec,
  ConcurrencyLimits,
  ConsumerHealth,
  Message,
  Results,
  TaskResult,
  Transport,
} from '@sunbeon/core/ports';

/** Records what is sent and lets a test deliver to the bindings. For the specs of this room only. */
export class FakeTransport implements Transport {
  readonly events = new Events();
  readonly codec = {} as Codec; // nothing here encodes
  readonly sent: Message[] = [];
  /** What was called, in order; a test may write between. */
  readonly journal: string[];
  bindings: readonly Binding[] = [];
  consumers: ConsumerHealth[] = [];
  readonly limits: ConcurrencyLimits[] = [];
  failOn: 'start' | 'consume' | undefined;
  readonly waits: { id: string; timeoutMs: number; signal?: AbortSignal }[] = [];
  result: Partial<TaskResult> = { status: 'succeeded' };

  readonly results: Results = {
    replyTo: 7,
    wait: (id, options) => {
      this.waits.push({ id, ...options });
      return Promise.resolve(this.#result(id));
    },
    lookup: (id) => Promise.resolve(this.#result(id)),
    watch: () => () => undefined,
  };

  constructor(journal: string[] = []) {
    this.journal = journal;
  }

  start(): Promise<void> {
    return this.#step('start');
  }

  drain(): Promise<void> {
    this.journal.push('transport drain');
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.journal.push('transport stop');
    return Promise.resolve();
  }

  send(messages: readonly Message[]): Promise<void> {
    this.sent.push(...messages);
    return Promise.resolve();
  }

  noteQueued(): Promise<void> {
    return Promise.resolve();
  }

  consume(bindings: readonly Binding[]): Promise<void> {
    this.bindings = bindings;
    return this.#step('consume');
  }

  setConcurrency(limits: ConcurrencyLimits): void {
    this.limits.push(limits);
  }

  health(): readonly ConsumerHealth[] {
    return this.consumers;
  }

  /** Gives a payload to the handler of a contract (`name`, or `name@group`), as a consumer would. */
  deliver(to: string, payload: unknown, context: Partial<TaskContext> = {}): Promise<unknown> {
    const binding = this.bindings.find(({ contract, group }) => to === (group === undefined ? contract.name : `${contract.name}@${group}`)); // prettier-ignore
    if (binding === undefined) throw new Error(`no binding for ${to}`);
    return binding.handle(payload, { id: 'id-1', attempt: 1, ...context } as TaskContext, new AbortController());
  }

  #step(step: 'start' | 'consume'): Promise<void> {
    this.journal.push(`transport ${step}`);
    return this.failOn === step ? Promise.reject(new Error(`${step} failed`)) : Promise.resolve();
  }

  #result(id: string): TaskResult {
    return { id, contract: 'math.add', status: 'succeeded', attempt: 1, sentMs: 0, atMs: 1, ...this.result };
  }
}
