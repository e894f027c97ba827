import type { TopicPartition } from '@sunbeon/core/ports';
import { idOf } from './internals.js';
import type { Claims } from './share.js';

/** A partition from its handing over until it is let go or lost. The object itself is the proof: a later one is another. */
export interface Held extends TopicPartition {
  /** The broker has taken an offset of it from us. */
  committed: boolean;
}

/** What a new assignment means for a member. */
export interface Change {
  readonly kept: readonly Held[];
  /** Not ours any more, but to be drained first. */
  readonly gone: readonly Held[];
  /** Ours again, but still being drained: it comes anew when that has ended. */
  readonly returning: readonly TopicPartition[];
  readonly fresh: readonly TopicPartition[];
}

/** Which partitions a member has, and which of them it is letting go. Knows no client and no time. */
export class Ownership {
  readonly #held = new Map<string, Held>();
  readonly #leaving = new Map<string, Held>();
  #assigned = new Set<string>();
  #memberId: string | null = null;
  #generation = -1;

  /** Whether its records are handed over. */
  holds(partition: TopicPartition): boolean {
    return this.#held.has(idOf(partition));
  }

  /** As long as it may be committed: also while it is drained. */
  get(partition: TopicPartition): Held | undefined {
    return this.#held.get(idOf(partition)) ?? this.#leaving.get(idOf(partition));
  }

  /** Whether the present assignment has it, held or not. */
  isAssigned(partition: TopicPartition): boolean {
    return this.#assigned.has(idOf(partition));
  }

  held(): Held[] {
    return [...this.#held.values()];
  }

  claims(): Claims {
    return { generation: this.#generation, owned: this.held(), leaving: [...this.#leaving.values()] };
  }

  /** Whether it was changed under this name before. */
  isOf(memberId: string | null): boolean {
    return memberId === this.#memberId;
  }

  /** Membership under another name, or none: all is lost that was held under this one. @returns what is lost */
  loseUnless(memberId: string | null): Held[] {
    return this.isOf(memberId) ? [] : this.loseAll();
  }

  loseAll(): Held[] {
    const lost = [...this.#held.values(), ...this.#leaving.values()];
    this.#held.clear();
    this.#leaving.clear();
    this.#assigned.clear();
    return lost;
  }

  lose(lost: readonly Held[]): void {
    for (const one of lost) this.#held.delete(idOf(one));
  }

  /** A new generation. What is gone is leaving from now on. */
  change(memberId: string | null, generation: number, assigned: readonly TopicPartition[]): Change {
    this.#memberId = memberId;
    this.#generation = generation;
    this.#assigned = new Set(assigned.map(idOf));
    const gone = this.held().filter((one) => !this.isAssigned(one));
    for (const one of gone) {
      this.#held.delete(idOf(one));
      this.#leaving.set(idOf(one), one);
    }
    return {
      kept: this.held(),
      gone,
      returning: assigned.filter((one) => this.#leaving.has(idOf(one))),
      fresh: assigned.filter((one) => this.get(one) === undefined),
    };
  }

  take(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions)
      this.#held.set(idOf({ topic, partition }), { topic, partition, committed: false });
  }

  /** A drain has ended. @returns those that were still ours: what was lost meanwhile is let go already */
  release(drained: readonly Held[]): Held[] {
    return drained.filter((one) => this.#leaving.get(idOf(one)) === one && this.#leaving.delete(idOf(one)));
  }
}
