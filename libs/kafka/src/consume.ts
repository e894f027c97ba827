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
import { type AttemptDependencies, makeAttempts, type Work } from './attempt.js';
import { Commits, type CommitOptions } from './commits.js';
import { type Route, sourcesOf } from './names.js';
import { nameOf, type Owned, Partitions } from './partitions.js';

export interface ConsumeOptions extends CommitOptions {
  /** Handlers that run at once in this consumer. */
  readonly concurrency: number;
  /** Records that may wait in memory; beyond it the partitions that bring more are paused, and resumed at half of it. */
  readonly maxWaiting: number;
  /** The same in bytes of values. */
  readonly maxWaitingBytes: number;
  /**
   * Records of one partition between the commit point and the highest one read; beyond it the partition is paused. It bounds
   * what one slow record lets pile up behind it uncommitted, and so what a kill repeats.
   */
  readonly maxUncommitted: number;
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
  readonly #attempt: (work: Work, released: AbortSignal) => Promise<boolean>;
  readonly #idle: (() => void)[] = [];
  #waitingBytes = 0;
  #stopping = false;
  #consumer: RoadConsumer | undefined;

  constructor(
    private readonly route: Route,
    private readonly deps: ConsumeDependencies,
  ) {
    this.#commits = new Commits(route.group, this.#partitions, deps);
    this.#attempt = makeAttempts(deps);
  }

  async start(): Promise<void> {
    if (this.#consumer !== undefined) return;
    this.#consumer = await this.deps.road.consumer({ group: this.route.group, topics: sourcesOf(this.route) });
    await this.#consumer.run({
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: () => void this.#commits.flush(this.#consumer!),
      onRecords: (records) => this.#received(records),
    });
  }

  /** Starts nothing new, waits for what runs (then aborts it), commits, leaves the group. */
  async stop(): Promise<void> {
    const consumer = this.#consumer;
    if (consumer === undefined || this.#stopping) return;
    this.#stopping = true;
    consumer.pause([...this.#partitions.all()]);
    await this.#drain();
    await this.#commits.flush(consumer);
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
      waiting: this.#lanes.waiting,
      running: this.#lanes.running,
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

  #isGone(work: Work): boolean {
    if (work.owned.lost) this.#waitingBytes -= bytesOf(work.record);
    return work.owned.lost;
  }

  #received(records: readonly IncomingRecord[]): void {
    if (this.#stopping) return;
    for (const record of records) this.#admit(record);
    this.#press(records);
    this.#pump();
  }

  #admit(record: IncomingRecord): void {
    let owned = this.#partitions.get(record);
    if (owned.committed !== undefined && record.offset < owned.committed) owned = this.#partitions.restart(owned);
    if (!owned.ledger.note(record.offset)) return;
    const opened = openRecord(record, { ...this.deps, topic: this.route.topic });
    if (opened.kind === 'foreign') return this.#finish(owned, record);
    this.#waitingBytes += bytesOf(record);
    this.#lanes.push(record.key?.toString('latin1'), { record, opened, owned });
  }

  /** Back-pressure: who brings more than there is room for is paused … */
  #press(records: readonly IncomingRecord[]): void {
    const { maxWaiting, maxWaitingBytes, maxUncommitted } = this.deps.options;
    const full = this.#lanes.waiting > maxWaiting || this.#waitingBytes > maxWaitingBytes;
    const bringers = new Set(records.map((record) => this.#partitions.get(record)));
    const paused = [...bringers].filter((owned) => full || owned.ledger.size >= maxUncommitted);
    if (paused.length === 0) return;
    for (const owned of paused) owned.paused = true;
    this.#consumer!.pause(paused);
  }

  /** … and resumed when half of it is worked off: pausing and resuming at one mark would fetch the same records again and again. */
  #relieve(): void {
    const { maxWaiting, maxWaitingBytes, maxUncommitted } = this.deps.options;
    if (this.#lanes.waiting > maxWaiting / 2 || this.#waitingBytes > maxWaitingBytes / 2 || this.#stopping) return;
    const paused = [...this.#partitions.all()].filter(
      (owned) => owned.paused && owned.ledger.size <= maxUncommitted / 2,
    );
    if (paused.length === 0) return;
    for (const owned of paused) owned.paused = false;
    this.#consumer!.resume(paused);
  }

  #pump(): void {
    while (!this.#stopping && this.#lanes.running < this.deps.options.concurrency) {
      const taken = this.#lanes.take();
      if (taken === undefined) return;
      this.#waitingBytes -= bytesOf(taken.item.record);
      void this.#work(taken.lane, taken.item);
    }
  }

  async #work(lane: string, work: Work): Promise<void> {
    const settled = await this.#attempt(work, this.#release.signal);
    if (settled) this.#finish(work.owned, work.record);
    this.#lanes.done(lane);
    this.#relieve();
    this.#pump();
    if (this.#lanes.running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Law 2: only here does an offset become finished, and only after its verdict is acknowledged. */
  #finish(owned: Owned, record: IncomingRecord): void {
    owned.ledger.finish(record.offset);
    if (!owned.lost) this.#commits.note(this.#consumer!);
  }
}

function bytesOf(record: IncomingRecord): number {
  return record.value?.length ?? 0;
}
