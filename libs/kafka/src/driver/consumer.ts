import type { EachBatchPayload } from 'kafkajs';
import type { RoadConsumer, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { balancedAssigner } from './assigner.js';
import type { DriverContext } from './client.js';
import { mapped } from './errors.js';
import {
  asTheSameMember,
  byTopic,
  type GroupInternals,
  isAtPosition,
  type OffsetManager,
  type TopicOffsets,
} from './internals.js';
import { startMember } from './member.js';
import { toIncoming } from './records.js';
import { Supervisor } from './supervisor.js';
import { checkTopics } from './topics.js';

type Offset = Parameters<RoadConsumer['commit']>[0][number];

const idOf = ({ topic, partition }: TopicPartition): string => `${topic}\0${partition}`;

/**
 * A member of a group that outlives its kafkajs consumers. Every join takes all partitions away and hands them out anew
 * (classic protocol, eager); pauses end with the assignment they were made in.
 */
export class KafkajsConsumer implements RoadConsumer {
  readonly #context: DriverContext;
  readonly #options: { readonly group: string; readonly topics: readonly string[] };
  readonly #supervisor: Supervisor;
  readonly #hooks = asTheSameMember({ beforeJoin: () => this.#letGo(), afterJoin: (group) => this.#assign(group) });
  /** Partitions of the present generation. */
  readonly #owned = new Map<string, TopicPartition>();
  readonly #paused = new Set<string>();
  #receiver: RoadReceiver | undefined;
  #group: GroupInternals | undefined;
  #lastPollMs: number | undefined;
  /** True from the revocation to the next assignment. */
  #leaving = false;
  readonly #commits = new Set<Promise<void>>();

  constructor(context: DriverContext, options: { readonly group: string; readonly topics: readonly string[] }) {
    this.#context = context;
    this.#options = options;
    const { clock, events } = context;
    const name = `consumer ${options.group}`;
    this.#supervisor = new Supervisor({ name, clock, events, begin: (died) => this.#begin(died) });
  }

  /** Resolves when the group is joined. @throws SunbeonError `TOPIC_MISSING`, `BROKER_UNREACHABLE` */
  async run(receiver: RoadReceiver): Promise<void> {
    this.#receiver = receiver;
    const what = `Joining the group "${this.#options.group}"`;
    await this.#supervisor.start().catch((error: unknown) => {
      throw mapped(error, { what, otherwise: 'BROKER_UNREACHABLE', facts: { group: this.#options.group } });
    });
  }

  pause(partitions: readonly TopicPartition[]): void {
    const ours = partitions.filter((partition) => this.#owned.has(idOf(partition)));
    for (const partition of ours) this.#paused.add(idOf(partition));
    this.#group?.pause(byTopic(ours));
  }

  resume(partitions: readonly TopicPartition[]): void {
    const ours = partitions.filter((partition) => this.#paused.delete(idOf(partition)));
    this.#group?.resume(byTopic(ours));
  }

  /** @throws SunbeonError `NOT_RUNNING` when a partition is not ours (any more), `SEND_FAILED`, `BROKER_UNREACHABLE` */
  async commit(offsets: readonly Offset[]): Promise<void> {
    for (const offset of offsets) if (!this.#owned.has(idOf(offset))) throw notOurs(offset, this.#options.group);
    if (offsets.length === 0) return;
    // Of the generation in which these offsets were ours: after a rejoin in between, the broker refuses its commit. The
    // consumer's own commitOffsets would try again under the new generation, and overwrite the new owner's offset.
    const commit = commitThrough(this.#group!.offsetManager, offsets);
    this.#commits.add(commit);
    await commit
      .finally(() => this.#commits.delete(commit))
      .catch((error: unknown) => {
        const { topic, partition } = offsets[0]!;
        const facts = { group: this.#options.group, topic, partition };
        throw mapped(error, {
          what: `Committing for the group "${this.#options.group}"`,
          otherwise: 'SEND_FAILED',
          facts,
        });
      });
  }

  lastPollMs(): number | undefined {
    return this.#lastPollMs;
  }

  isMember(): boolean {
    return this.#group !== undefined;
  }

  async disconnect(): Promise<void> {
    await this.#supervisor.stop();
    this.#owned.clear();
    this.#group = undefined;
  }

  async #begin(died: (error: unknown) => void) {
    await checkTopics(this.#context, { topics: this.#options.topics, what: `Consuming as "${this.#options.group}"` });
    return startMember(this.#context, {
      ...this.#options,
      assigner: (cluster) => balancedAssigner(cluster, this.#hooks),
      onBatch: (payload) => this.#receive(payload),
      onHeard: () => void (this.#lastPollMs = this.#context.clock.now()),
      onCrash: (error) => {
        this.#crashed();
        died(error);
      },
    });
  }

  /**
   * Before a rejoin: nothing more is handed over, and commits that are made at once on the revocation still go out under the
   * old generation, which the broker takes until everyone has rejoined. A drain of running work belongs here too.
   */
  async #letGo(): Promise<void> {
    this.#leaving = true;
    const revoked = [...this.#owned.values()];
    if (revoked.length > 0) void this.#receiver?.onRevoked(revoked);
    await new Promise((resume) => setImmediate(resume));
    await Promise.allSettled(this.#commits);
    this.#drop(revoked);
  }

  #drop(revoked: readonly TopicPartition[]): void {
    this.#group?.resume(byTopic(revoked.filter((partition) => this.#paused.has(idOf(partition)))));
    this.#paused.clear();
    this.#owned.clear();
    this.#group = undefined;
  }

  #crashed(): void {
    const revoked = [...this.#owned.values()];
    this.#drop(revoked);
    if (revoked.length > 0) this.#receiver?.onLost(revoked);
  }

  #assign(group: GroupInternals): void {
    this.#group = group;
    this.#leaving = false;
    const assigned = group
      .assigned()
      .flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));
    for (const partition of assigned) this.#owned.set(idOf(partition), partition);
    this.#receiver?.onAssigned(assigned.map((partition) => ({ ...partition, committed: undefined })));
  }

  /** What is not handed over is not resolved either: it is fetched again when its time comes. */
  #receive({ batch, resolveOffset, isRunning, isStale }: EachBatchPayload): void {
    const id = idOf(batch);
    if (this.#leaving || !isRunning() || isStale() || !this.#owned.has(id) || this.#paused.has(id)) return;
    if (this.#group === undefined || !isAtPosition(this.#group, batch)) return;
    const records = toIncoming(batch);
    this.#receiver?.onRecords(records);
    resolveOffset(String(records.at(-1)!.offset));
  }
}

async function commitThrough(manager: OffsetManager, offsets: readonly Offset[]): Promise<void> {
  const topics = new Map<string, TopicOffsets>();
  for (const { topic, partition, offset, metadata } of offsets) {
    const entry = topics.get(topic) ?? { topic, partitions: [] };
    entry.partitions.push({ partition, offset: String(offset), metadata: metadata ?? null });
    topics.set(topic, entry);
  }
  await manager.commitOffsets({ topics: [...topics.values()] });
}

function notOurs({ topic, partition }: TopicPartition, group: string): SunbeonError {
  return new SunbeonError(
    'NOT_RUNNING',
    `Partition ${partition} of "${topic}" is not assigned to this member of "${group}".`,
    {
      hint: 'Its new owner commits; drop what was kept of it when it was revoked.',
      facts: { group, topic, partition },
    },
  );
}
