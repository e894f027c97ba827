import type { Committed, TopicPartition } from '@sunbeon/core/ports';
import type { MemoryConsumer } from './memory-consumer.js';
import type { MemoryLog } from './memory-log.js';

/** From its handing over until its member has let it go. */
interface Owned extends TopicPartition {
  readonly member: MemoryConsumer;
  leaving: boolean;
}

export const idOf = ({ topic, partition }: TopicPartition): string => `${topic}\0${partition}`;

/**
 * A consumer group: its members, what each has, and what was committed. A change of members moves only what must move, and
 * what moves is drained by its member before another one gets it.
 */
export class MemoryGroup {
  readonly committed = new Map<string, Committed>();
  readonly members = new Set<MemoryConsumer>();
  readonly #owned = new Map<string, Owned>();

  constructor(private readonly log: MemoryLog) {}

  join(member: MemoryConsumer): void {
    this.members.add(member);
    this.rebalance();
  }

  leave(member: MemoryConsumer): void {
    if (!this.members.delete(member)) return;
    this.#free(member);
    this.rebalance();
  }

  /** As long as it may be committed: also while it is drained. */
  has(member: MemoryConsumer, partition: TopicPartition): boolean {
    return this.#owned.get(idOf(partition))?.member === member;
  }

  /** Each member is told what it loses, then what it gets, which may be nothing. */
  rebalance(): void {
    const seats = this.#seats();
    this.#revoke((owned) => seats.get(idOf(owned))?.member !== owned.member);
    for (const member of [...this.members]) {
      const fresh = [...seats].filter(([id, seat]) => seat.member === member && !this.#owned.has(id));
      for (const [id, seat] of fresh) this.#owned.set(id, { ...seat, leaving: false });
      const partitions = fresh.map(([id, { topic, partition }]) => ({ topic, partition, committed: this.committed.get(id) })); // prettier-ignore
      member.assign(partitions);
    }
  }

  /** Takes everything away, as if each partition should move, and hands it out when it is drained. */
  shuffle(): void {
    this.#revoke(() => true);
  }

  /** All members have been silent for too long: what they have is another's already, and then, as it happens, theirs again. */
  expel(): void {
    for (const member of [...this.members]) member.lose(this.#free(member));
    this.rebalance();
  }

  #free(member: MemoryConsumer): TopicPartition[] {
    const freed = [...this.#owned].filter(([, owned]) => owned.member === member);
    for (const [id] of freed) this.#owned.delete(id);
    return freed.map(([, { topic, partition }]) => ({ topic, partition }));
  }

  #revoke(which: (owned: Owned) => boolean): void {
    const gone = [...this.#owned.values()].filter((owned) => !owned.leaving && which(owned));
    for (const owned of gone) owned.leaving = true;
    for (const member of [...this.members]) {
      const mine = gone.filter((owned) => owned.member === member);
      if (mine.length > 0) void this.#drain(member, mine);
    }
  }

  async #drain(member: MemoryConsumer, gone: readonly Owned[]): Promise<void> {
    await member.revoke(gone.map(({ topic, partition }) => ({ topic, partition })));
    const released = gone.filter((owned) => this.#owned.get(idOf(owned)) === owned && this.#owned.delete(idOf(owned)));
    if (released.length > 0) this.rebalance();
  }

  /** Who shall have each partition: even within one per topic, and as it is where that is even. */
  #seats(): Map<string, Omit<Owned, 'leaving'>> {
    const seats = new Map<string, Omit<Owned, 'leaving'>>();
    const topics = new Set([...this.members].flatMap((member) => [...member.topics]));
    for (const topic of [...topics].sort()) {
      const able = [...this.members].filter((member) => member.topics.includes(topic));
      const size = this.log.partitionsOf(topic).length;
      for (const [partition, member] of this.#seatsOf(topic, size, able).entries())
        seats.set(idOf({ topic, partition }), { topic, partition, member });
    }
    return seats;
  }

  #seatsOf(topic: string, size: number, able: readonly MemoryConsumer[]): MemoryConsumer[] {
    const held = new Map(able.map((member) => [member, this.#heldOf(topic, size, member)]));
    const least = Math.floor(size / able.length);
    const most = [...able].sort((a, b) => Number(held.get(b)!.length > least) - Number(held.get(a)!.length > least));
    const quotas = new Map(most.map((member, i) => [member, least + (i < size % able.length ? 1 : 0)]));
    const seats: MemoryConsumer[] = new Array(size);
    for (const [member, partitions] of held) {
      const kept = partitions.slice(0, quotas.get(member));
      for (const partition of kept) seats[partition] = member;
      quotas.set(member, quotas.get(member)! - kept.length);
    }
    for (const partition of seats.keys()) {
      if (seats[partition] !== undefined) continue;
      const next = able.find((member) => quotas.get(member)! > 0)!;
      seats[partition] = next;
      quotas.set(next, quotas.get(next)! - 1);
    }
    return seats;
  }

  /** Those that it is losing come last, so that it goes on losing them. */
  #heldOf(topic: string, size: number, member: MemoryConsumer): number[] {
    const owned = Array.from({ length: size }, (_, partition) => this.#owned.get(idOf({ topic, partition })));
    const mine = owned.filter((one): one is Owned => one?.member === member);
    return mine.sort((a, b) => Number(a.leaving) - Number(b.leaving)).map(({ partition }) => partition);
  }
}
