import { HEADER, headerText } from '@sunbeon/core/headers';
import { timeOfId } from '@sunbeon/core/ids';
import type { Codec, IncomingRecord, Lifecycle, Results, Road, RoadReader, TaskResult } from '@sunbeon/core/ports';
import { SunbeonError, toFailure } from '@sunbeon/core';
import type { Events } from '@sunbeon/core/events';
import type { Clock } from '@sunbeon/core/ports';
import { fromResultRecord, isFinal } from './results-record.js';
import { scan } from './scan.js';

export interface ResultsOptions {
  /** `own`: listen to this process's partition. `all`: to every partition (a door for everyone). `none`: look up only. */
  readonly follow: 'own' | 'all' | 'none';
  /** Latest results kept in memory, so that a result that came before it was asked for is not looked up. */
  readonly maxCached: number;
}

export interface ResultsDependencies {
  readonly road: Road;
  readonly codec: Codec;
  readonly clock: Clock;
  readonly events: Events;
  readonly topic: string;
  readonly options: ResultsOptions;
  /** In [0, 1): chooses this process's partition. */
  readonly random: () => number;
}

/** A lookup starts this much before the id's own time: clocks of different machines differ. */
const CLOCK_SKEW_MS = 60_000;
/** How often a result that cannot reach this process live is looked up. */
const POLL_MS = 1_000;

/** Results by task id: one reader per process however many calls wait, and the topic itself as the memory of all processes. */
export class ResultsReader implements Results, Lifecycle {
  readonly #recent = new Map<string, IncomingRecord>();
  readonly #watchers = new Map<string, Set<(record: IncomingRecord) => void>>();
  #reader: RoadReader | undefined;
  #replyTo = 0;
  #stopped = new AbortController();

  constructor(private readonly deps: ResultsDependencies) {}

  get replyTo(): number {
    return this.#replyTo;
  }

  async start(): Promise<void> {
    const { road, topic, options, random } = this.deps;
    const offsets = await (await road.admin()).offsets(topic);
    this.#replyTo = Math.floor(random() * offsets.length);
    if (options.follow === 'none' || this.#reader !== undefined) return;
    const followed =
      options.follow === 'all' ? offsets : offsets.filter(({ partition }) => partition === this.#replyTo);
    this.#reader = await road.reader({
      topic,
      from: new Map(followed.map(({ partition, high }) => [partition, high])),
    });
    await this.#reader.run((records) => records.forEach((record) => this.#received(record)));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#reader?.disconnect();
  }

  async lookup(id: string): Promise<TaskResult | undefined> {
    const recent = this.#recent.get(id);
    if (recent !== undefined) return this.#read(recent);
    let latest: IncomingRecord | undefined;
    const time = timeOfId(id) ?? 0;
    const range = time > CLOCK_SKEW_MS ? { sinceMs: time - CLOCK_SKEW_MS } : {};
    await scan(this.deps.road, { topic: this.deps.topic, ...range }, (record) => {
      if (keyOf(record) === id) latest = record;
    });
    return latest === undefined ? undefined : this.#read(latest);
  }

  watch(id: string, onResult: (result: TaskResult) => void): () => void {
    return this.#listen(id, (record) => {
      void this.#read(record).then(
        (result) => result !== undefined && onResult(result),
        (error: unknown) => this.deps.events.emit('client.failed', { client: 'results', error: toFailure(error), restarting: false }), // prettier-ignore
      );
    });
  }

  async wait(id: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<TaskResult> {
    const { promise, resolve, reject } = Promise.withResolvers<TaskResult>();
    const offer = (result: TaskResult | undefined): void => {
      if (result !== undefined && isFinal(result.status)) resolve(result);
    };
    const ends = [this.watch(id, offer)];
    ends.push(this.deps.clock.after(options.timeoutMs, () => reject(timedOut(id, options.timeoutMs))));
    const abort = (): void => reject(options.signal?.reason ?? timedOut(id, options.timeoutMs));
    options.signal?.addEventListener('abort', abort, { once: true });
    this.#stopped.signal.addEventListener('abort', abort, { once: true });
    const recent = this.#recent.get(id);
    if (recent !== undefined) this.#read(recent).then(offer, reject);
    ends.push(this.#poll(id, offer));
    try {
      return await promise;
    } finally {
      for (const end of ends) end();
      options.signal?.removeEventListener('abort', abort);
      this.#stopped.signal.removeEventListener('abort', abort);
    }
  }

  /**
   * A result written to a partition that nobody here listens to, or before this process lived, comes only by looking it up.
   * The first look is after one interval, when most results have come live; whoever listens to all partitions looks once.
   */
  #poll(id: string, offer: (result: TaskResult | undefined) => void): () => void {
    let ended = false;
    let cancel = this.deps.clock.after(POLL_MS, look);
    const { events, options, clock } = this.deps;
    const lookup = (): Promise<TaskResult | undefined> => this.lookup(id);
    function look(): void {
      lookup()
        .then(offer, (error: unknown) =>
          events.emit('client.failed', { client: 'results', error: toFailure(error), restarting: true }),
        ) // prettier-ignore
        .finally(() => {
          if (!ended && options.follow !== 'all') cancel = clock.after(POLL_MS, look);
        });
    }
    return () => {
      ended = true;
      cancel();
    };
  }

  #listen(id: string, listener: (record: IncomingRecord) => void): () => void {
    const listeners = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watchers.delete(id);
    };
  }

  #received(record: IncomingRecord): void {
    const id = keyOf(record);
    if (id === undefined) return;
    this.#recent.delete(id); // to the end of the Map's order: the oldest result is the first to be forgotten
    this.#recent.set(id, record);
    if (this.#recent.size > this.deps.options.maxCached) this.#recent.delete(this.#recent.keys().next().value!);
    for (const listener of this.#watchers.get(id) ?? []) listener(record);
  }

  #read(record: IncomingRecord): Promise<TaskResult | undefined> {
    return fromResultRecord(record, (value) => this.deps.codec.decodeAny(value));
  }
}

function keyOf(record: IncomingRecord): string | undefined {
  return headerText(record.headers, HEADER.status) === undefined ? undefined : record.key?.toString();
}

function timedOut(id: string, timeoutMs: number): SunbeonError {
  return new SunbeonError('RESULT_TIMEOUT', `Task ${id} has no final result after ${timeoutMs} ms.`, {
    hint: 'It may still run: wait again with the same id, or look at its queue with "sunbeon topology".',
    facts: { id, timeoutMs },
  });
}
