import { timeOfId } from '@sunbeon/core/ids';
import type { Events } from '@sunbeon/core/events';
import type { Clock, Codec, IncomingRecord, Lifecycle, Results, Road, TaskResult } from '@sunbeon/core/ports';
import { isFinal } from '@sunbeon/core/result-status';
import { SunbeonError, toFailure } from '@sunbeon/core';
import { Follow } from './follow.js';
import { Lookups } from './lookups.js';
import { RecentResults, resultIdOf, supersedes } from './recent-results.js';
import { fromResultRecord } from './results-record.js';
import { scan } from './scan.js';

export interface ResultsOptions {
  /** `own`: listen to this process's partition. `all`: to every partition (a door for everyone). `none`: look up only. */
  readonly follow: 'own' | 'all' | 'none';
  /** Latest results kept in memory, so that a result that came before it was asked for is not looked up. */
  readonly maxCached: number;
  /** The same in bytes. */
  readonly maxCachedBytes: number;
  /** With `all`: how far back results are read at the start, so that what is asked later need not be looked up. */
  readonly rememberMs: number;
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
  readonly #recent: RecentResults;
  readonly #watchers = new Map<string, Set<(record: IncomingRecord) => void>>();
  readonly #expected = new Set<string>();
  readonly #lookups = new Lookups((ids, sinceMs) => this.#findAll(ids, sinceMs));
  readonly #stopped = new AbortController();
  #follow: Follow | undefined;
  #replyTo = 0;

  constructor(private readonly deps: ResultsDependencies) {
    this.#recent = new RecentResults(deps.options, (id) => this.#expected.delete(id));
  }

  /** This process sends a task whose result comes to its own partition: whoever waits for it need not look it up. */
  expect(id: string): void {
    if (this.#follow === undefined) return;
    this.#expected.add(id);
    if (this.#expected.size > this.deps.options.maxCached) this.#expected.delete(this.#expected.values().next().value!);
  }

  get replyTo(): number {
    return this.#replyTo;
  }

  async start(): Promise<void> {
    const { road, topic, options, random, clock } = this.deps;
    if (this.#follow !== undefined) return;
    const admin = await road.admin();
    const offsets = await admin.offsets(topic);
    this.#replyTo = Math.floor(random() * offsets.length);
    if (options.follow === 'none') return;
    const sinceMs = clock.now() - options.rememberMs;
    const from =
      options.follow === 'all'
        ? (await admin.offsetsAt(topic, sinceMs)).map(({ partition, offset }) => [partition, offset] as const)
        : [[this.#replyTo, offsets.find(({ partition }) => partition === this.#replyTo)!.high] as const];
    this.#follow = new Follow(road, topic, (record) => this.#received(record));
    await this.#follow.start(new Map(from));
    if (options.follow === 'all') this.#recent.completeSince(sinceMs);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#follow?.stop();
  }

  async lookup(id: string, options: { readonly sinceMs?: number } = {}): Promise<TaskResult | undefined> {
    const time = timeOfId(id) ?? 0;
    const sinceMs = time > CLOCK_SKEW_MS ? time - CLOCK_SKEW_MS : (options.sinceMs ?? 0);
    let found = this.#recent.get(id);
    if (found === undefined && this.#recent.covers(sinceMs)) {
      await this.#follow!.caughtUp();
      found = this.#recent.get(id);
    }
    // Asked again: what was read meanwhile may have pushed older results out.
    if (found === undefined && !this.#recent.covers(sinceMs)) found = await this.#lookups.find(id, sinceMs);
    return found === undefined ? undefined : this.#read(found);
  }

  watch(id: string, onResult: (result: TaskResult) => void): () => void {
    const listener = (record: IncomingRecord): void => {
      this.#read(record).then(
        (result) => result !== undefined && onResult(result),
        (error: unknown) => this.#failed(error),
      );
    };
    const listeners = this.#watchers.get(id) ?? new Set();
    this.#watchers.set(id, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#watchers.delete(id);
    };
  }

  async wait(id: string, options: { readonly timeoutMs: number; readonly signal?: AbortSignal }): Promise<TaskResult> {
    const { promise, resolve, reject } = Promise.withResolvers<TaskResult>();
    const offer = (result: TaskResult | undefined): void => {
      if (result !== undefined && isFinal(result.status)) resolve(result);
    };
    const ended = AbortSignal.any([this.#stopped.signal, ...(options.signal === undefined ? [] : [options.signal])]);
    const abort = (): void => reject(options.signal?.reason ?? timedOut(id, options.timeoutMs));
    ended.addEventListener('abort', abort, { once: true });
    if (ended.aborted) abort();
    const unwatch = this.watch(id, offer);
    const cancel = this.deps.clock.after(options.timeoutMs, () => reject(timedOut(id, options.timeoutMs)));
    const recent = this.#recent.get(id);
    if (recent !== undefined) this.#read(recent).then(offer, (error: unknown) => this.#failed(error));
    const endPolling = this.#expected.has(id) ? () => undefined : this.#poll(id, offer);
    try {
      return await promise;
    } finally {
      ended.removeEventListener('abort', abort);
      unwatch();
      cancel();
      endPolling();
    }
  }

  /**
   * A result written to a partition that nobody here listens to, or before this process lived, comes only by looking it up.
   * The first look is after one interval, when most results have come live; whoever listens to all partitions looks once.
   */
  #poll(id: string, offer: (result: TaskResult | undefined) => void): () => void {
    const { clock, options } = this.deps;
    let ended = false;
    const look = async (): Promise<void> => {
      await this.lookup(id).then(offer, (error: unknown) => this.#failed(error));
      if (!ended && options.follow !== 'all') cancel = clock.after(POLL_MS, () => void look());
    };
    let cancel = clock.after(POLL_MS, () => void look());
    return () => {
      ended = true;
      cancel();
    };
  }

  async #findAll(ids: ReadonlySet<string>, sinceMs: number): Promise<ReadonlyMap<string, IncomingRecord>> {
    const { road, topic } = this.deps;
    const found = new Map<string, IncomingRecord>();
    await scan(road, { topic, ...(sinceMs > 0 ? { sinceMs } : {}) }, (record) => {
      const id = resultIdOf(record);
      if (id !== undefined && ids.has(id) && supersedes(record, found.get(id))) found.set(id, record);
    });
    return found;
  }

  #received(record: IncomingRecord): void {
    const id = this.#recent.add(record);
    if (id !== undefined) for (const listener of this.#watchers.get(id) ?? []) listener(record);
  }

  #read(record: IncomingRecord): Promise<TaskResult | undefined> {
    return fromResultRecord(record, (value) => this.deps.codec.decodeAny(value));
  }

  #failed(error: unknown): void {
    this.deps.events.emit('client.failed', { client: 'results', error: toFailure(error), restarting: false });
  }
}

function timedOut(id: string, timeoutMs: number): SunbeonError {
  return new SunbeonError('RESULT_TIMEOUT', `Task ${id} has no final result after ${timeoutMs} ms.`, {
    hint: 'It may still run: wait again with the same id. If its group has no members (see the console), nobody runs it.',
    facts: { id, timeoutMs },
  });
}
