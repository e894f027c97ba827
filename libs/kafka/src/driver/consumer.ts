import type { RoadConsumer, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import type { DriverContext } from './client.js';
import { commitHeld } from './commit.js';
import { mapped } from './errors.js';
import { startMember } from './member.js';
import { type Client, Membership } from './membership.js';
import { Supervisor } from './supervisor.js';
import { checkTopics } from './topics.js';

/** A member of a group that outlives its kafkajs consumers. */
export class KafkajsConsumer implements RoadConsumer {
  readonly #context: DriverContext;
  readonly #options: { readonly group: string; readonly topics: readonly string[] };
  readonly #supervisor: Supervisor;
  readonly #membership: Membership;
  #lastPollMs: number | undefined;

  constructor(context: DriverContext, options: { readonly group: string; readonly topics: readonly string[] }) {
    this.#context = context;
    this.#options = options;
    this.#membership = new Membership(context);
    const { clock, events, stallTimeoutMs } = context;
    this.#supervisor = new Supervisor({
      name: `consumer ${options.group}`,
      clock,
      events,
      stallTimeoutMs,
      // A join may wait for the slowest member of the group, and has a time limit of its own.
      heardMs: () => (this.#membership.isJoining ? clock.now() : this.#lastPollMs),
      begin: (died) => this.#begin(died),
      ended: () => this.#membership.fenced(),
    });
  }

  /** Resolves when the group is joined. @throws SunbeonError `TOPIC_MISSING`, `BROKER_UNREACHABLE`, `INSTANCE_FENCED` */
  async run(receiver: RoadReceiver): Promise<void> {
    this.#membership.begin(receiver);
    const { group } = this.#options;
    await this.#supervisor.start().catch((error: unknown) => {
      throw mapped(error, { what: `Joining the group "${group}"`, otherwise: 'BROKER_UNREACHABLE', facts: { group } });
    });
  }

  pause(partitions: readonly TopicPartition[]): void {
    this.#membership.pause(partitions);
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#membership.resume(partitions);
  }

  /** @throws SunbeonError `NOT_RUNNING` when a partition is not ours (any more), `SEND_FAILED`, `BROKER_UNREACHABLE` */
  async commit(offsets: Parameters<RoadConsumer['commit']>[0]): Promise<void> {
    await commitHeld(this.#membership, this.#options.group, offsets);
  }

  lastPollMs(): number | undefined {
    return this.#lastPollMs;
  }

  isMember(): boolean {
    return this.#membership.isMember;
  }

  isConfirmed(): boolean {
    return this.#membership.isConfirmed();
  }

  async disconnect(): Promise<void> {
    this.#membership.end();
    await this.#supervisor.stop();
  }

  async #begin(died: (error: unknown) => void) {
    const { group, topics } = this.#options;
    await checkTopics(this.#context, { topics, what: `Consuming as "${group}"` }).catch((error: unknown) => {
      if (error instanceof SunbeonError && error.code === 'TOPIC_MISSING') this.#membership.topicMissing();
      throw error;
    });
    const client: Client = Symbol(group);
    const membership = this.#membership;
    const life = await startMember(this.#context, {
      ...this.#options,
      assigner: membership.carriedBy(client),
      onBatch: (payload) => membership.receive(payload, client),
      onHeard: () => void (this.#lastPollMs = this.#context.clock.now()),
      onHeartbeat: (tookMs) => membership.confirmed(client, tookMs),
      onCrash: (error) => {
        membership.dropped(client);
        died(error);
      },
    });
    return { stop: () => life.stop(), abandon: () => membership.dropped(client) };
  }
}
