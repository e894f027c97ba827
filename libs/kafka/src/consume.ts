import type { ContractRegistry } from '@sunbeon/core/contract';
import { Lanes } from '@sunbeon/core/lanes';
import { openRecord } from '@sunbeon/core/open';
import type {
  Binding,
  ConsumerHealth,
  IncomingRecord,
  Lifecycle,
  Road,
  RoadConsumer,
  TopicPartition,
} from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import { type AttemptDependencies, type Attempted, makeAttempts, type Work } from './attempt.js';
import { Commits, type CommitOptions } from './commits.js';
import { type Route, sourcesOf } from './names.js';
import { nameOf, type Owned, Partitions } from './partitions.js';
import { Pressure, type PressureOptions } from './pressure.js';

export interface ConsumeOptions extends CommitOptions, PressureOptions {
  /** Handlers that run at once in this consumer. */
  readonly concurrency: number;
  /** How long `stop` waits for running handlers before it aborts their signals. */
  readonly drainTimeoutMs: number;
}

export interface ConsumeDependencies extends AttemptDependencies {
  readonly road: Road;
  readonly contracts: ContractRegistry;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly options: ConsumeOptions;
}

/** Handlers that heed their signal get this long to end. */
const AFTER_ABORT_MS = 2_000;

/** Stop 3, read: one member of one group. Records go into lanes; at most `concurrency` of them are worked on at once. */
export class Consume implements Lifecycle {
  readonly #lanes = new Lanes<Work>();
  readonly #partitions = new Partitions();
  readonly #commits: Commits;
  readonly #release = new AbortController();
  readonly #attempt: (work: Work, released: AbortSignal) => Promise<Attempted>;
  readonly #idle: (() => void)[] = [];
  readonly #pressure: Pressure;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #consumer: RoadConsumer | undefined;
  #overdue = 0;

  constructor(
    private readonly route: Route,
    private readonly deps: ConsumeDependencies,
  ) {
    this.#commits = new Commits(route.group, this.#partitions, deps);
    this.#pressure = new Pressure(this.#partitions, deps.options);
    this.#attempt = makeAttempts(deps);
  }

  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    this.#consumer = await this.deps.road.consumer({ group: this.route.group, topics: sourcesOf(this.route) });
    await this.#consumer.run({
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: () => this.#commits.flush(this.#consumer!),
      onLost: () => undefined,
      onRecords: (records) => this.#received(records),
    });
  }

  /** Starts nothing new, waits for what runs (then aborts it), commits, leaves the group. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.#consumer?.pause([...this.#partitions.all()]);
    await this.#started?.catch(() => undefined); // its caller was told; what it opened is closed here
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    await this.#drain();
    await this.#commits.end(consumer);
    await consumer.disconnect();
  }

  /** A handler that ignores its signal too is left behind: its offset is unfinished, so another member runs it again. */
  async #drain(): Promise<void> {
    if (this.#lanes.running === 0) return;
    const { clock, options } = this.deps;
    const abort = clock.after(options.drainTimeoutMs, () => this.#release.abort());
    const idle = new Promise<void>((resolve) => this.#idle.push(resolve));
    const late = clock.after(options.drainTimeoutMs + AFTER_ABORT_MS, () => this.#idle.splice(0).forEach((go) => go()));
    await idle;
    abort();
    late();
    this.#release.abort();
  }

  health(): ConsumerHealth {
    const lastPollMs = this.#consumer?.lastPollMs();
    return {
      group: this.route.group,
      topics: sourcesOf(this.route),
      assigned: this.#partitions.size,
      isMember: this.#consumer?.isMember() ?? false,
      waiting: this.#lanes.waiting,
      running: this.#lanes.running,
      overdue: this.#overdue,
      pollAgeMs: lastPollMs === undefined ? undefined : this.deps.clock.now() - lastPollMs,
    };
  }

  #assigned(partitions: readonly TopicPartition[]): void {
    const { lost } = this.#partitions.assign(partitions);
    this.#lanes.forget((work) => this.#isGone(work));
    const names = { group: this.route.group };
    if (lost.length > 0) this.deps.events.emit('partitions.revoked', { ...names, partitions: lost.map(nameOf) });
    this.deps.events.emit('partitions.assigned', { ...names, partitions: partitions.map(nameOf) });
    this.#relieve();
  }

  #isGone({ owned, record }: Work): boolean {
    if (owned.lost) this.#pressure.remove(record);
    return owned.lost;
  }

  #received(records: readonly IncomingRecord[]): void {
    if (this.#stopped !== undefined) return;
    for (const record of records) this.#admit(record);
    const paused = this.#pressure.toPause(records, this.#lanes.waiting);
    if (paused.length > 0) this.#consumer!.pause(paused);
    this.#pump();
  }

  #admit(record: IncomingRecord): void {
    const owned = this.#partitions.of(record);
    if (!owned.ledger.note(record.offset)) return;
    const opened = openRecord(record, { ...this.deps, topic: this.route.topic });
    if (opened.kind === 'foreign') return this.#finish(owned, record);
    this.#pressure.add(record);
    this.#lanes.push(record.key?.toString('latin1'), { record, opened, owned });
  }

  #relieve(): void {
    const resumed = this.#stopped === undefined ? this.#pressure.toResume(this.#lanes.waiting) : [];
    if (resumed.length > 0) this.#consumer!.resume(resumed);
  }

  #pump(): void {
    while (this.#stopped === undefined && this.#lanes.running < this.deps.options.concurrency) {
      const taken = this.#lanes.take();
      if (taken === undefined) return;
      this.#pressure.remove(taken.item.record);
      void this.#work(taken.lane, taken.item);
    }
  }

  async #work(lane: string, work: Work): Promise<void> {
    const attempted = await this.#attempt(work, this.#release.signal).catch((error: unknown) => this.#failed(error));
    if (attempted.isSettled) this.#finish(work.owned, work.record);
    if (attempted.ended !== undefined) await this.#overdueUntil(attempted.ended);
    this.#lanes.done(lane);
    this.#relieve();
    this.#pump();
    if (this.#lanes.running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** An attempt never rejects; if it does, that is our fault: the offset stays, nothing is lost, and people are told. */
  #failed(error: unknown): Attempted {
    this.deps.events.emit('client.failed', { client: this.route.group, error: toFailure(error), restarting: false });
    return { isSettled: false, ended: undefined };
  }

  /** Law 4: settled and committed, but its handler runs on; until it ends nothing else of its lane may run. */
  async #overdueUntil(ended: Promise<void>): Promise<void> {
    this.#overdue++;
    await ended;
    this.#overdue--;
  }

  /** Law 2: only here does an offset become finished, and only after its verdict is acknowledged. */
  #finish(owned: Owned, record: IncomingRecord): void {
    owned.ledger.finish(record.offset);
    if (!owned.lost) this.#commits.note(this.#consumer!);
  }
}
