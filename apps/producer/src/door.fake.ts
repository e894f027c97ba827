import { defineEvent, defineTask } from '@sunbeon/core';
import { Events } from '@sunbeon/core/events';
import type { ConsumerHealth, Message, Results, TaskResult, Transport } from '@sunbeon/core/ports';
import { jsonCodec } from '@sunbeon/schema';
import { FakeClock } from '@sunbeon/testing';
import { createApp } from './app.js';
import type { Door } from './door.js';

export const add = defineTask({
  name: 'math.add',
  queue: 'math',
  input: {
    type: 'record',
    name: 'Add',
    fields: [
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double', default: 1 },
    ],
  },
  output: { type: 'record', name: 'Sum', fields: [{ name: 'sum', type: 'double' }] },
});

export const flight = defineEvent({
  name: 'flight.recorded',
  schema: { type: 'record', name: 'Flight', fields: [{ name: 'origin', type: 'string' }] },
  key: (payload) => payload.origin,
});

/** Results in memory; a test writes them with `publish`. */
export class FakeResults implements Results {
  readonly replyTo = 3;
  readonly #known = new Map<string, TaskResult>();
  readonly #watchers = new Map<string, Set<(result: TaskResult) => void>>();
  readonly #watched = new Map<string, () => void>();
  readonly #left = new Map<string, () => void>();

  async lookup(id: string): Promise<TaskResult | undefined> {
    return this.#known.get(id);
  }

  watch(id: string, onResult: (result: TaskResult) => void): () => void {
    const watchers = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, watchers.add(onResult));
    this.#watched.get(id)?.();
    return () => {
      watchers.delete(onResult);
      if (watchers.size === 0) this.#left.get(id)?.();
    };
  }

  wait(): Promise<TaskResult> {
    return Promise.reject(new Error('The door watches and looks up.'));
  }

  publish(result: Partial<TaskResult> & Pick<TaskResult, 'id' | 'status'>): void {
    const whole = { contract: 'math.add', attempt: 1, sentMs: 1_000, atMs: 2_000, ...result };
    this.#known.set(whole.id, whole);
    for (const watcher of this.#watchers.get(whole.id) ?? []) watcher(whole);
  }

  /** Resolves when somebody watches this id. */
  watched(id: string): Promise<void> {
    if ((this.#watchers.get(id)?.size ?? 0) > 0) return Promise.resolve();
    return new Promise((resolve) => this.#watched.set(id, resolve));
  }

  /** Resolves when nobody watches this id any more. */
  unwatched(id: string): Promise<void> {
    return new Promise((resolve) => this.#left.set(id, resolve));
  }

  watching(id: string): number {
    return this.#watchers.get(id)?.size ?? 0;
  }
}

/** A transport that keeps what it is given; `refuse` makes the next sends fail. */
export class FakeTransport implements Transport {
  readonly events = new Events();
  readonly codec = jsonCodec();
  readonly results = new FakeResults();
  readonly sent: Message[] = [];
  readonly sends: number[] = [];
  refuse: Error | undefined;
  refuseNote: Error | undefined;
  /** Awaited by each send: a test holds it back to have two at once. */
  gate: Promise<void> = Promise.resolve();
  onSent: () => unknown = () => undefined;
  stopped = false;
  #onNoted: ((id: string) => void) | undefined;

  async start(): Promise<void> {}

  async drain(): Promise<void> {}

  async stop(): Promise<void> {
    this.stopped = true;
  }

  async send(messages: readonly Message[]): Promise<void> {
    await this.gate;
    if (this.refuse !== undefined) throw this.refuse;
    this.sends.push(messages.length);
    this.sent.push(...messages);
    this.onSent();
  }

  /** Resolves with the id of the next task that is noted. */
  noted(): Promise<string> {
    return new Promise((resolve) => (this.#onNoted = resolve));
  }

  async noteQueued(messages: readonly Message[], payloadHash?: string): Promise<void> {
    if (this.refuseNote !== undefined) throw this.refuseNote;
    for (const { envelope } of messages) {
      this.#onNoted?.(envelope.id);
      const hash = payloadHash === undefined ? {} : { payloadHash };
      this.results.publish({
        id: envelope.id,
        contract: envelope.type,
        status: 'queued',
        sentMs: envelope.timeMs,
        ...hash,
      });
    }
  }

  async consume(): Promise<void> {}

  setConcurrency(): void {}

  health(): readonly ConsumerHealth[] {
    return [];
  }
}

/** The application around a {@link FakeTransport}, ready for `app.inject`. */
export async function fakeDoor(options: Partial<Door> = {}) {
  const transport = new FakeTransport();
  const clock = new FakeClock();
  const app = await createApp({
    transport,
    clock,
    contracts: [add, flight],
    source: 'test-door',
    maxBatch: 5,
    maxWaiters: 2,
    bodyLimitBytes: 1_024,
    ...options,
  });
  app.useLogger(false); // after the creation, whose own errors should be seen
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  return { app, transport, clock, results: transport.results };
}
