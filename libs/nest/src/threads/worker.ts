import { Worker } from 'node:worker_threads';
import { type ContractRegistry, SunbeonError, type TaskContext } from '@sunbeon/core';
import type { Over } from '@sunbeon/core/ports';
import { pack, packError, unpack, unpackError } from './parcel.js';
import type { ContextFacts, FromThread, ThreadData, ToThread } from './protocol.js';

/** What a thread needs of the process it belongs to. */
export interface WorkerSettings {
  readonly entry: URL;
  readonly data: ThreadData;
  readonly maxOldSpaceMb: number | undefined;
  /** Of follow-ups: a contract has a function (its key), which does not travel. */
  readonly contracts: ContractRegistry;
}

/** One attempt for a thread. */
export interface ThreadTask {
  readonly handler: string;
  readonly payload: unknown;
  readonly context: TaskContext;
  /** Its signal aborts when the thread shall be ended with the attempt. */
  readonly over: Over;
}

interface Current extends PromiseWithResolvers<unknown> {
  readonly run: number;
  readonly task: ThreadTask;
}

/** How long a thread may take to close its application. */
const STOP_MS = 5_000;

/** One worker thread, from outside. It runs one attempt at a time, so that ending it hurts no other. */
export class HandlerThread {
  readonly #worker: Worker;
  readonly #ready = Promise.withResolvers<readonly string[]>();
  readonly #exited = Promise.withResolvers<void>();
  #current: Current | undefined;
  #runs = 0;
  #isDead = false;
  #exitCode: number | undefined;
  /** Why it died, where it said so before it did. */
  #cause: unknown;

  constructor(private readonly settings: WorkerSettings) {
    const { entry, data, maxOldSpaceMb } = settings;
    const resourceLimits = maxOldSpaceMb === undefined ? {} : { maxOldGenerationSizeMb: maxOldSpaceMb };
    this.#worker = new Worker(entry, { workerData: data, resourceLimits });
    this.#worker.on('message', (message: FromThread) => this.#received(message));
    this.#worker.on('error', (error) => (this.#cause = error));
    this.#worker.on('exit', (code) => this.#died(code));
    this.#ready.promise.catch(() => undefined); // whoever asks is told; if nobody does, nobody minds
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  /** The names of its handlers. @throws what its application failed with */
  async ready(): Promise<readonly string[]> {
    const handlers = await this.#ready.promise;
    this.#worker.unref(); // a thread keeps no process alive: consumers do
    return handlers;
  }

  /**
   * Ends as the handler does.
   * @throws SunbeonError `THREAD_DIED`, and what the handler throws
   */
  async run(task: ThreadTask): Promise<unknown> {
    if (this.#isDead) throw this.#deathBefore('the handler began');
    const current = (this.#current = { ...Promise.withResolvers<unknown>(), run: ++this.#runs, task });
    const { signal } = task.context;
    const [abort, end] = [() => this.#abort(current), () => void this.#worker.terminate()];
    const over = task.over.signal;
    signal.addEventListener('abort', abort);
    over.addEventListener('abort', end);
    try {
      this.#post({ kind: 'run', run: current.run, handler: task.handler, task: pack({ facts: factsOf(task.context), payload: task.payload }) }); // prettier-ignore
      if (signal.aborted) abort();
      if (over.aborted) end();
      return await current.promise;
    } finally {
      this.#current = undefined;
      signal.removeEventListener('abort', abort);
      over.removeEventListener('abort', end);
    }
  }

  /** Closes its application, or ends it when that takes too long. What runs is lost. Idempotent. */
  async stop(): Promise<void> {
    if (this.#isDead) return;
    if (this.#current !== undefined) return this.#end();
    this.#worker.ref();
    this.#post({ kind: 'stop' });
    const late = setTimeout(() => void this.#worker.terminate(), STOP_MS);
    await this.#exited.promise;
    clearTimeout(late);
  }

  async #end(): Promise<void> {
    await this.#worker.terminate();
    await this.#exited.promise;
  }

  #abort({ run, task }: Current): void {
    this.#post({ kind: 'abort', run, reason: packError(task.context.signal.reason) });
  }

  #received(message: FromThread): void {
    if (message.kind === 'ready') return this.#ready.resolve(message.handlers);
    if (message.kind === 'refused') return this.#refused(unpackError(message.error));
    const current = this.#current;
    if (message.kind === 'enqueue') return void this.#enqueue(message, current);
    if (current?.run !== message.run) return; // said by something that its handler left behind
    const { context } = current.task;
    if (message.kind === 'done') return current.resolve(unpack(message.output));
    if (message.kind === 'thrown') return current.reject(message.isReason ? context.signal.reason : unpackError(message.error)); // prettier-ignore
    if (message.kind === 'log') context.logger[message.level](message.message, message.cause && unpackError(message.cause)); // prettier-ignore
  }

  #refused(error: unknown): void {
    this.#ready.reject(error);
    void this.#worker.terminate(); // what its application opened before it failed would keep it
  }

  async #enqueue(ask: Extract<FromThread, { kind: 'enqueue' }>, current: Current | undefined): Promise<void> {
    const { run, call } = ask;
    try {
      if (current?.run !== run) throw tooLate();
      const contract = this.settings.contracts.find(ask.contract) ?? this.#unknown(ask.contract);
      const id = await current.task.context.enqueue(contract, unpack(ask.payload) as never, ask.options);
      this.#post({ kind: 'sent', run, call, id });
    } catch (error) {
      this.#post({ kind: 'unsent', run, call, error: packError(error) });
    }
  }

  /** @throws SunbeonError `CONTRACT_UNKNOWN` */
  #unknown(name: string): never {
    throw new SunbeonError('CONTRACT_UNKNOWN', `A handler in a thread enqueues "${name}", which this process does not know.`, {
      hint: 'Name it in SunbeonModule.forRoot({ contracts }).',
      facts: { name },
    }); // prettier-ignore
  }

  #died(exitCode: number): void {
    this.#isDead = true;
    this.#exitCode = exitCode;
    this.#ready.reject(this.#deathBefore('it was ready'));
    this.#current?.reject(this.#deathBefore(`the handler did (${this.#current.task.handler})`));
    this.#exited.resolve();
  }

  #deathBefore(what: string): SunbeonError {
    const [cause, exitCode] = [this.#cause, this.#exitCode];
    const { name, message } = (cause ?? {}) as Partial<Error>;
    const why = cause === undefined ? `exit code ${exitCode}` : `${name}: ${message}`;
    return new SunbeonError('THREAD_DIED', `The thread ended before ${what}: ${why}.`, {
      hint: 'A handler must not call process.exit, needs its memory within threads.maxOldSpaceMb, and lets no rejection go unheard.',
      facts: { exitCode },
      cause,
    });
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}

function factsOf({
  id,
  contract,
  attempt,
  key,
  headers,
  topic,
  partition,
  offset,
  sentMs,
  deadlineMs,
  isShadow,
}: TaskContext): ContextFacts {
  // prettier-ignore
  return { id, contract, attempt, key, headers, topic, partition, offset, sentMs, deadlineMs, isShadow };
}

function tooLate(): SunbeonError {
  return new SunbeonError('NOT_RUNNING', 'context.enqueue was called after the handler had ended.', {
    hint: 'Await it inside the handler.',
  });
}
