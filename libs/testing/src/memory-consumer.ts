import { SunbeonError } from '@sunbeon/core/errors';
import type { AssignedPartition, RoadConsumer, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import { idOf, type MemoryGroup } from './memory-group.js';
import type { MemoryLog } from './memory-log.js';

/** Most records in one `onRecords`. */
const MAX_BATCH = 500;

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
  /** Of what is ours and not being let go. */
  readonly #positions = new Map<string, TopicPartition & { offset: number }>();
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

  /** Resolves when it is drained, whatever the receiver makes of it. */
  async revoke(partitions: readonly TopicPartition[]): Promise<void> {
    this.#forget(partitions);
    await this.#receiver?.onRevoked(partitions).catch(() => undefined);
  }

  lose(partitions: readonly TopicPartition[]): void {
    this.#forget(partitions);
    if (partitions.length > 0) this.#receiver?.onLost(partitions);
  }

  assign(partitions: readonly AssignedPartition[]): void {
    for (const { topic, partition, committed } of partitions)
      this.#positions.set(idOf({ topic, partition }), { topic, partition, offset: committed?.offset ?? 0 });
    this.#receiver?.onAssigned(partitions);
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
    const stranger = offsets.find((offset) => !this.group.has(this, offset));
    if (stranger !== undefined) {
      const { topic, partition } = stranger;
      const facts = { group: this.options.name, topic, partition };
      throw new SunbeonError('NOT_RUNNING', `Partition ${partition} of "${topic}" is not assigned to this member.`, {
        facts,
      });
    }
    if (this.options.commitFails()) throw new SunbeonError('SEND_FAILED', 'A commit fails, as the test wants it.');
    for (const { offset, metadata, ...partition } of offsets)
      this.group.committed.set(idOf(partition), { offset, metadata: metadata ?? '' });
  }

  lastPollMs(): number | undefined {
    return this.#lastPollMs;
  }

  isConfirmed(): boolean {
    return true;
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

  #forget(partitions: readonly TopicPartition[]): void {
    for (const partition of partitions) {
      this.#positions.delete(idOf(partition));
      this.#paused.delete(idOf(partition));
    }
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
      const records = log.slice(position.offset, position.offset + MAX_BATCH);
      if (records.length === 0) continue;
      position.offset += records.length;
      if (position.offset < log.length) this.#wake();
      this.#receiver?.onRecords(records);
    }
  }
}
