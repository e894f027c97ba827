import type { Admin } from 'kafkajs';
import type { PartitionOffsets, RoadAdmin, TopicSpec } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import type { DriverContext } from './client.js';
import { mapped, rootOf, topicMissing } from './errors.js';
import { countsWith } from './topics.js';

const CREATE_TIMEOUT_MS = 15_000;
const LEADER_POLL_MS = 50;
/** Of a topic that is known to the broker that was asked before: errors 3, 5 and 6 of the protocol. */
const NOT_HEARD_YET = /^(UNKNOWN_TOPIC_OR_PARTITION|LEADER_NOT_AVAILABLE|NOT_LEADER_FOR_PARTITION)$/;

interface Client {
  readonly admin: Promise<Admin>;
  /** Under way. */
  calls: number;
}

/** One kafkajs admin, connected by the first call and anew after one that failed. */
export class KafkajsAdmin implements RoadAdmin {
  readonly #context: DriverContext;
  #client: Client | undefined;
  /** How often it was disconnected. */
  #ends = 0;

  constructor(context: DriverContext) {
    this.#context = context;
  }

  /** Names that begin with `__` are Kafka's own and are left out. @throws SunbeonError `BROKER_UNREACHABLE` */
  listTopics(): Promise<ReadonlyMap<string, number>> {
    return this.#do('Listing the topics', async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      const ours = topics.filter(({ name }) => !name.startsWith('__'));
      return new Map(ours.map(({ name, partitions }) => [name, partitions.length]));
    });
  }

  /** Resolves when every partition of them has a leader. @throws SunbeonError `BROKER_UNREACHABLE`, `TOPIC_MISMATCH` */
  async createTopics(specs: readonly TopicSpec[]): Promise<string[]> {
    const present = await this.listTopics();
    const missing = specs.filter(({ topic }) => !present.has(topic));
    if (missing.length === 0) return [];
    return this.#do('Creating topics', async (admin) => {
      const made = await Promise.all(missing.map((spec) => this.#create(admin, spec)));
      await this.#haveLeaders(admin, missing);
      return missing.filter((_, index) => made[index]).map(({ topic }) => topic);
    });
  }

  offsets(topic: string): Promise<PartitionOffsets[]> {
    return this.#of(topic, 'Reading the offsets', async (admin) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return inOrder(offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) })));
    });
  }

  offsetsAt(topic: string, timestampMs: number): Promise<{ partition: number; offset: number }[]> {
    return this.#of(topic, 'Reading the offsets by time', async (admin) => {
      const offsets = await admin.fetchTopicOffsetsByTimestamp(topic, timestampMs);
      return inOrder(offsets.map(({ partition, offset }) => ({ partition, offset: Number(offset) })));
    });
  }

  committed(group: string, topic: string): Promise<{ partition: number; offset: number | undefined }[]> {
    return this.#of(topic, `Reading what "${group}" has committed`, async (admin) => {
      const topics = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const partitions = (topics[0]?.partitions ?? []).map(({ partition, offset }) => {
        const value = Number(offset);
        return { partition, offset: value < 0 ? undefined : value };
      });
      return inOrder(partitions);
    });
  }

  /** In the order asked for; one that nobody knows is `Dead`. */
  groups(ids: readonly string[]): Promise<{ group: string; state: string; members: string[] }[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.#do('Describing groups', async (admin) => {
      const { groups } = await admin.describeGroups([...ids]);
      return ids.map((group) => {
        const known = groups.find(({ groupId }) => groupId === group);
        return { group, state: known?.state ?? 'Dead', members: known?.members.map(({ memberId }) => memberId) ?? [] };
      });
    });
  }

  async disconnect(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#ends++;
    if (client !== undefined) await this.#close(client);
  }

  /** @returns false when somebody else created it meanwhile. */
  async #create(admin: Admin, { topic, partitions, config }: TopicSpec): Promise<boolean> {
    const { replicationFactor } = this.#context;
    const configEntries = Object.entries(config ?? {}).map(([name, value]) => ({ name, value }));
    try {
      return await admin.createTopics({
        topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
        waitForLeaders: false,
        timeout: CREATE_TIMEOUT_MS,
      });
    } catch (error) {
      const { type, message } = rootOf(error);
      if (!/^(INVALID_|POLICY_VIOLATION)/.test(type)) throw error;
      const facts = { topic, partitions, replicationFactor, kafka: type };
      throw new SunbeonError('TOPIC_MISMATCH', `The broker refuses the topic "${topic}": ${message}`, {
        facts,
        cause: error,
      });
    }
  }

  async #haveLeaders(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
    const { clock } = this.#context;
    const wanted = new Set(specs.map(({ topic }) => topic));
    for (const until = clock.now() + CREATE_TIMEOUT_MS; clock.now() < until;) {
      const { topics } = await admin.fetchTopicMetadata();
      const led = topics.filter(
        ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
      );
      if (led.filter(({ name }) => wanted.has(name)).length === wanted.size) return;
      await new Promise<void>((resume) => clock.after(LEADER_POLL_MS, resume));
    }
    throw new SunbeonError('BROKER_UNREACHABLE', `New topics have no leader after ${CREATE_TIMEOUT_MS} ms.`, {
      hint: 'Look at the brokers: are enough of them up?',
      facts: { topics: [...wanted] },
    });
  }

  /** kafkajs tries for long when a topic does not exist, and does not name it; what a broker has yet to hear of a new one it takes for final. */
  async #of<T>(topic: string, what: string, call: (admin: Admin) => Promise<T>): Promise<T> {
    const { clock } = this.#context;
    const ends = this.#ends;
    for (const until = clock.now() + CREATE_TIMEOUT_MS; ;) {
      try {
        return await this.#do(`${what} of "${topic}"`, (admin) => this.#ofKnown(admin, { topic, what, call }));
      } catch (error) {
        if (!isNotHeardYet(error) || this.#ends > ends || clock.now() >= until) throw error;
        await new Promise<void>((resume) => clock.after(LEADER_POLL_MS, resume));
      }
    }
  }

  async #ofKnown<T>(
    admin: Admin,
    {
      topic,
      what,
      call,
    }: { readonly topic: string; readonly what: string; readonly call: (admin: Admin) => Promise<T> },
  ): Promise<T> {
    const counts = await countsWith(admin, [topic], this.#context.clock);
    if (!counts.has(topic)) throw topicMissing(`${what} of "${topic}"`, { facts: { topic } });
    return call(admin);
  }

  async #do<T>(what: string, call: (admin: Admin) => Promise<T>): Promise<T> {
    const client = (this.#client ??= { admin: this.#connect(), calls: 0 });
    client.calls++;
    try {
      return await call(await client.admin);
    } catch (error) {
      if (!(error instanceof SunbeonError) && this.#client === client) this.#client = undefined;
      throw mapped(error, { what, otherwise: 'BROKER_UNREACHABLE' });
    } finally {
      client.calls--;
      // Given up: but the calls beside the one that failed come to their end.
      if (this.#client !== client && client.calls === 0) await this.#close(client);
    }
  }

  async #connect(): Promise<Admin> {
    const admin = this.#context.admin();
    try {
      await admin.connect();
    } catch (error) {
      await admin.disconnect().catch(() => undefined); // why it could not connect is what counts
      throw error;
    }
    return admin;
  }

  async #close({ admin }: Client): Promise<void> {
    await admin
      .then((one) => one.disconnect())
      .catch((error: unknown) => {
        this.#context.warn(`An admin client was given up: ${rootOf(error).message}`);
      });
  }
}

/** A client that once asked for a topic goes on to ask for it, also when it is gone: so another client asks again. */
function isNotHeardYet(error: unknown): boolean {
  return error instanceof SunbeonError && NOT_HEARD_YET.test(rootOf(error.cause).type);
}

/** Kafka answers in any order. */
function inOrder<T extends { readonly partition: number }>(partitions: T[]): T[] {
  return partitions.sort((a, b) => a.partition - b.partition);
}
