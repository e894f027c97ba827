import type {
  AssignedPartition,
  IncomingRecord,
  Lifecycle,
  Road,
  RoadConsumer,
  TopicPartition,
} from '@sunbeon/core/ports';
import { type CommitDependencies, Commits } from './commits.js';
import { nameOf, type Owned, Partitions } from './partitions.js';

/** What a room does as a member of a group. */
export interface Room {
  /** Records of one partition, in order; whatever came before is among them no more. */
  onRecords(owned: Owned, records: readonly IncomingRecord[]): void;
  /** These have come: what earlier owners left of them may be looked up before their records come. */
  assigned?(added: readonly Owned[]): void;
  /** What earlier notes on these lanes said is not needed any more. */
  committed?(owned: Owned, marks: readonly string[]): void;
  /** These go: nothing more of them may begin, and what waits of them is forgotten. */
  forget(going: readonly Owned[]): void;
  /** After {@link onRecords} of all partitions, and after each change of what is owned. */
  next(): void;
}

export interface GroupMemberOptions extends CommitDependencies {
  readonly road: Road;
  readonly topics: readonly string[];
  /** How long running work of partitions that go is waited for before its signals abort. */
  readonly drainTimeoutMs: number;
  /** Deliveries after which a record is buried; 0 = nobody counts. */
  readonly maxDeliveries: number;
}

/** Until it is confirmed again that partitions are ours. */
const CONFIRM_MS = 100;

/** Handlers that heed their signal get this long to end. */
const AFTER_ABORT_MS = 2_000;

/**
 * Being a member of a group, for the rooms that consume: which partitions are ours, what of them is committed, and how they are
 * given up. Nothing here is needed by the next owner but what the broker has acknowledged.
 */
export class GroupMember implements Lifecycle {
  readonly partitions: Partitions;
  readonly #commits: Commits;
  #consumer: RoadConsumer | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #isAsking = false;
  #narrowing: Promise<unknown> | undefined;

  constructor(
    private readonly room: Room,
    private readonly options: GroupMemberOptions,
  ) {
    this.partitions = new Partitions(options.maxDeliveries);
    this.#commits = new Commits({ ...options, onOver: (owned, marks) => room.committed?.(owned, marks) });
  }

  get isStopping(): boolean {
    return this.#stopped !== undefined;
  }

  get isMember(): boolean {
    return this.#consumer?.isMember() ?? false;
  }

  get lastPollMs(): number | undefined {
    return this.#consumer?.lastPollMs();
  }

  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    const { road, group, topics } = this.options;
    this.#consumer = await road.consumer({ group, topics });
    await this.#consumer.run({
      onAssigned: (partitions) => this.#assigned(partitions),
      onRevoked: (partitions) => this.#letGo(this.#ours(partitions)),
      onLost: (partitions) => this.#lost(this.#ours(partitions)),
      onRecords: (records) => this.#received(records),
    });
  }

  /** False: it stops, or what it holds may be another member's. The room's `next` is called when it may be asked again. */
  mayBegin(): boolean {
    if (this.isStopping) return false;
    if (this.#consumer?.isConfirmed() === true) return true;
    if (!this.#isAsking) this.options.clock.after(CONFIRM_MS, () => this.#askNow());
    this.#isAsking = true;
    return false;
  }

  #askNow(): void {
    this.#isAsking = false;
    this.room.next();
  }

  /** Begins nothing new, waits for what runs (then aborts it), commits, leaves the group. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    this.pause([...this.partitions.all()]);
    await this.#started?.catch(() => undefined); // its caller was told; what it opened is closed here
    if (this.#consumer === undefined) return;
    await this.#letGo([...this.partitions.all()]);
    await this.#narrowing;
    await this.#commits.end();
    await this.#consumer.disconnect();
  }

  pause(partitions: readonly Owned[]): void {
    for (const owned of partitions) owned.paused = true;
    if (partitions.length > 0) this.#consumer?.pause(partitions);
  }

  resume(partitions: readonly Owned[]): void {
    if (this.isStopping) return;
    for (const owned of partitions) owned.paused = false;
    if (partitions.length > 0) this.#consumer!.resume(partitions);
  }

  /** Law 2: only here does an offset become finished, and only after its verdict is acknowledged. */
  finish(owned: Owned, offset: number, marks: readonly string[] = []): void {
    for (const mark of marks) owned.over.add(mark);
    owned.ledger.finish(offset);
    owned.deliveries.finished(offset);
    this.#commits.note(owned, this.#consumer!);
  }

  /** It waits for its next attempt at its place and does not run: whoever ends this process is another, as the next commit says. */
  rests(owned: Owned, offset: number): void {
    if (!owned.deliveries.has(offset)) return;
    owned.deliveries.finished(offset);
    this.#commits.note(owned, this.#consumer!);
  }

  /** Commits what is known of the partition's deliveries now. @returns false when it was lost, or the signal aborted, first */
  say(owned: Owned, leaving?: AbortSignal): Promise<boolean> {
    return this.#commits.say(owned, this.#consumer!, leaving);
  }

  #assigned(partitions: readonly AssignedPartition[]): void {
    const { added } = this.partitions.add(partitions);
    const { events, group } = this.options;
    events.emit('partitions.assigned', { group, partitions: added.map(nameOf) });
    const careful = added.filter(({ deliveries }) => deliveries.isCareful && deliveries.max > 1);
    if (careful.length > 0) {
      events.emit('partitions.careful', { group, partitions: careful.map(nameOf) });
      const narrowing = this.#narrow(careful).catch(() => undefined); // it is careful for longer, then
      this.#narrowing = Promise.all([this.#narrowing, narrowing]);
    }
    this.room.assigned?.(added);
    this.room.next();
  }

  /** Looks where their topics end: nothing behind it can have been running when they were left. */
  async #narrow(careful: readonly Owned[]): Promise<void> {
    if (this.isStopping) return;
    const admin = await this.options.road.admin();
    for (const [topic, owneds] of Map.groupBy(careful, (owned) => owned.topic)) {
      const highs = new Map((await admin.offsets(topic)).map(({ partition, high }) => [partition, high]));
      for (const { partition, deliveries } of owneds) deliveries.endedAt(highs.get(partition) ?? Infinity);
    }
  }

  #received(records: readonly IncomingRecord[]): void {
    if (this.isStopping) return;
    for (let from = 0; from < records.length;) {
      const owned = this.partitions.of(records[from]!);
      const to = endOfRow(records, from);
      if (owned !== undefined && !owned.leaving.aborted) this.#note(owned, from === 0 && to === records.length ? records : records.slice(from, to)); // prettier-ignore
      from = to;
    }
    this.room.next();
  }

  #note(known: Owned, records: readonly IncomingRecord[]): void {
    let owned = known;
    let fresh: IncomingRecord[] = [];
    const handOver = (): void => {
      if (fresh.length > 0) this.room.onRecords(owned, fresh);
      fresh = [];
    };
    for (const record of records) {
      const now = this.partitions.since(owned, record.offset);
      if (now !== owned) handOver();
      owned = now;
      const noted = owned.ledger.note(record.offset);
      if (noted === 'new') fresh.push(record);
      else if (noted === 'finished') this.#commits.note(owned, this.#consumer!);
    }
    handOver();
  }

  /**
   * Ours until this resolves: nothing more of them begins; what runs may end and be settled; what is finished by then is
   * committed. A handler that ignores its signal too is left behind: its offset is unfinished, so another member runs it again.
   */
  async #letGo(going: readonly Owned[]): Promise<void> {
    if (going.length === 0) return;
    for (const owned of going) owned.leave();
    this.room.forget(going);
    await this.#drained(going);
    await this.#commits.last(going, this.#consumer!);
    this.#gone(going.filter(({ lost }) => !lost));
  }

  async #drained(going: readonly Owned[]): Promise<void> {
    const { clock, drainTimeoutMs } = this.options;
    const late = Promise.withResolvers<void>();
    const release = (): void => {
      for (const owned of going) owned.release();
    };
    const timers = [clock.after(drainTimeoutMs, release), clock.after(drainTimeoutMs + AFTER_ABORT_MS, late.resolve)];
    await Promise.race([Promise.all(going.map((owned) => owned.idle())), late.promise]);
    for (const cancel of timers) cancel();
  }

  #lost(going: readonly Owned[]): void {
    for (const owned of going) owned.release();
    this.#gone(going);
    this.room.forget(going);
    this.room.next();
  }

  #gone(going: readonly Owned[]): void {
    for (const owned of going) this.partitions.remove(owned);
    const { events, group } = this.options;
    if (going.length > 0) events.emit('partitions.revoked', { group, partitions: going.map(nameOf) });
  }

  #ours(partitions: readonly TopicPartition[]): Owned[] {
    return partitions.flatMap((partition) => this.partitions.find(partition) ?? []);
  }
}

/** Records come by partition: the end of those that are of one. */
function endOfRow(records: readonly IncomingRecord[], from: number): number {
  const { topic, partition } = records[from]!;
  let to = from + 1;
  while (to < records.length && records[to]!.partition === partition && records[to]!.topic === topic) to++;
  return to;
}
