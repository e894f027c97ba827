import { SunbeonError } from '@sunbeon/core/errors';
import type { RoadConsumer, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import type { MemoryLog } from './memory-log.js';

/** Most records in one `onRecords`. */
const MAX_BATCH = 500;

const idOf = ({ topic, partition }: TopicPartition): string => `${topic}\0${partition}`;

export interface Commit {
  readonly offset: number;
  readonly metadata: string | undefined;
}

/** A consumer group: its members and what it has committed. Every change of members takes all away and hands out anew. */
export class MemoryGroup {
  readonly committed = new Map<string, Commit>();
  readonly members = new Set<MemoryConsumer>();

  constructor(private readonly log: MemoryLog) {}

  join(member: MemoryConsumer): void {
    this.members.add(member);
    this.rebalance();
  }

  leave(member: MemoryConsumer): void {
    if (this.members.delete(member)) this.rebalance();
  }

  rebalance(): void {
    for (const member of this.members) member.revoke();
    for (const [member, partitions] of this.#shares()) member.assign(partitions);
  }

  /** Each partition to the subscribed member that has least. */
  #shares(): Map<MemoryConsumer, TopicPartition[]> {
    const shares = new Map<MemoryConsumer, TopicPartition[]>([...this.members].map((member) => [member, []]));
    const topics = new Set([...this.members].flatMap((member) => [...member.topics]));
    for (const topic of [...topics].sort()) {
      for (const partition of this.log.partitionsOf(topic).keys()) {
        const able = [...this.members].filter((member) => member.topics.includes(topic));
        const least = able.reduce((a, b) => (shares.get(b)!.length < shares.get(a)!.length ? b : a));
        shares.get(least)!.push({ topic, partition });
      }
    }
    return shares;
  }

  position(partition: TopicPartition): number {
    return this.committed.get(idOf(partition))?.offset ?? 0;
  }
}

export interface MemberOptions {
  readonly name: string;
  readonly topics: readonly string[];
  readonly nowMs: () => number;
  /** True: this commit fails. */
  readonly commitFails: () => boolean;
}

/** A member of a group. Records arrive in turns of the event loop, a batch of one partition each. */
export class MemoryConsumer implements RoadConsumer {
  readonly topics: readonly string[];
  /** `offset`: undefined until the first poll, so that a commit made on the revocation counts, as it does on a broker. */
  readonly #positions = new Map<string, TopicPartition & { offset: number | undefined }>();
  readonly #paused = new Set<string>();
  #receiver: RoadReceiver | undefined;
  #endAppend: (() => void) | undefined;
  #due = false;
  #lastPollMs: number | undefined;

  constructor(
    private readonly log: MemoryLog,
    private readonly group: MemoryGroup,
    private readonly options: MemberOptions,
  ) {
    this.topics = options.topics;
  }

  async run(receiver: RoadReceiver): Promise<void> {
    for (const topic of this.topics) this.log.partitionsOf(topic);
    this.#receiver = receiver;
    this.#endAppend = this.log.onAppend(() => this.#wake());
    this.group.join(this);
  }

  revoke(): void {
    const revoked = [...this.#positions.values()].map(({ topic, partition }) => ({ topic, partition }));
    this.#positions.clear();
    this.#paused.clear();
    if (revoked.length > 0) void this.#receiver?.onRevoked(revoked);
  }

  assign(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#positions.set(idOf(partition), { ...partition, offset: undefined });
    this.#receiver?.onAssigned(partitions.map((partition) => ({ ...partition, committed: undefined })));
    this.#wake();
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) if (this.#positions.has(idOf(partition))) this.#paused.add(idOf(partition));
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) this.#paused.delete(idOf(partition));
    this.#wake();
  }

  async commit(offsets: Parameters<RoadConsumer['commit']>[0]): Promise<void> {
    const stranger = offsets.find((offset) => !this.#positions.has(idOf(offset)));
    if (stranger !== undefined) {
      const { topic, partition } = stranger;
      const facts = { group: this.options.name, topic, partition };
      throw new SunbeonError('NOT_RUNNING', `Partition ${partition} of "${topic}" is not assigned to this member.`, {
        facts,
      });
    }
    if (this.options.commitFails()) throw new SunbeonError('SEND_FAILED', 'A commit fails, as the test wants it.');
    for (const { offset, metadata, ...partition } of offsets)
      this.group.committed.set(idOf(partition), { offset, metadata });
  }

  lastPollMs(): number | undefined {
    return this.#lastPollMs;
  }

  isMember(): boolean {
    return this.#receiver !== undefined;
  }

  async disconnect(): Promise<void> {
    this.#endAppend?.();
    this.#receiver = undefined;
    this.#positions.clear();
    this.group.leave(this);
  }

  #wake(): void {
    if (this.#due) return;
    this.#due = true;
    setImmediate(() => {
      this.#due = false;
      this.#poll();
    });
  }

  #poll(): void {
    if (this.#receiver === undefined) return;
    this.#lastPollMs = this.options.nowMs();
    for (const [id, position] of [...this.#positions]) {
      // What runs in a callback may pause or take away what comes after it.
      if (this.#paused.has(id) || this.#positions.get(id) !== position) continue;
      const log = this.log.partitionsOf(position.topic)[position.partition]!;
      position.offset ??= this.group.position(position);
      const records = log.slice(position.offset, position.offset + MAX_BATCH);
      if (records.length === 0) continue;
      position.offset += records.length;
      if (position.offset < log.length) this.#wake();
      this.#receiver?.onRecords(records);
    }
  }
}
