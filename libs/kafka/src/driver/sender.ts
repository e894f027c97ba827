import type { Clock, OutgoingRecord } from '@sunbeon/core/ports';
import type { PlainMessage, SendCount } from '../wire/write-batch.js';
import { type Cluster, type ProduceResponse, type ProducerId, protocolError } from './cluster.js';
import { rootOf } from './errors.js';
import { idOf } from './internals.js';
import { chosenPartition } from './partitioner.js';

/** A record on its way. */
export interface RoutedMessage extends PlainMessage {
  readonly record: OutgoingRecord;
  /** Where it goes; chosen once, so that a repetition goes there too. */
  partition: number | undefined;
  /** The turn of a record without key. */
  readonly spread: number | undefined;
  readonly sent: SendCount;
}

/** One partition's records of one send. The number stays with them: a broker that has them already acknowledges and writes nothing. */
interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: RoutedMessage[];
  readonly firstSequence: number;
}

/** What could not be brought to its brokers, and why. The rest of the send is written. */
export class Unwritten extends Error {
  override readonly name = 'Unwritten';

  constructor(
    readonly messages: readonly RoutedMessage[],
    override readonly cause: unknown,
  ) {
    super(rootOf(cause).message);
  }
}

/** 9 s in all: longer than a broker takes to restart, shorter than a person waits. */
const PAUSES_MS: readonly number[] = [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000];
const TRANSACTION_TIMEOUT_MS = 60_000;

/** https://kafka.apache.org/protocol#protocol_error_codes */
const UNKNOWN_PARTITION = 3;
const NO_LEADER = 5;
const DUPLICATE_SEQUENCE = 46;

/**
 * Idempotent sends, one at a time, on a cluster of kafkajs. Its own producer tries again as soon as one broker fails, while others still
 * write their share, and gives that a new number: it is written twice. It also takes a partition for written whose leader moves to
 * a broker that has answered, and sends it nowhere. Here a try ends when all brokers have answered, each partition for itself.
 * Used up after an error: numbers are given to records that are not written.
 */
export class Sender {
  #id: ProducerId | undefined;
  /** The next number, by partition. */
  readonly #sequences = new Map<string, number>();

  constructor(
    private readonly cluster: Cluster,
    private readonly options: { readonly compression: number; readonly clock: Clock },
  ) {}

  async connect(): Promise<void> {
    await this.cluster.connect();
    await this.#persist(async () => {
      const broker = await this.cluster.findControllerBroker();
      this.#id = await broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS });
    });
  }

  disconnect(): Promise<void> {
    return this.cluster.disconnect();
  }

  /** What one partition refuses for good keeps no other from being written. @throws Unwritten */
  async send(messages: readonly RoutedMessage[]): Promise<void> {
    const topics = [...new Set(messages.map(({ record }) => record.topic))];
    const refused = new Map<Batch, unknown>();
    let rest: Batch[] | undefined;
    try {
      await this.#persist(async () => {
        await this.cluster.addMultipleTargetTopics(topics);
        await this.cluster.refreshMetadataIfNecessary();
        rest ??= this.#numbered(messages);
        const failures = await this.#write(rest);
        rest = rest.filter((batch) => isWorthRepeating(failures.get(batch)));
        for (const [batch, error] of failures) if (!isWorthRepeating(error)) refused.set(batch, error);
        if (rest.length > 0) throw failures.get(rest[0]!);
      });
      if (refused.size > 0) throw [...refused.values()][0];
    } catch (error) {
      const unwritten = rest === undefined ? messages : [...refused.keys(), ...rest].flatMap((batch) => batch.messages);
      throw new Unwritten(unwritten, error);
    }
  }

  /** What a moment may mend is done again, for as long as the pauses last. */
  async #persist(step: () => Promise<void>): Promise<void> {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await step();
      } catch (error) {
        if (!isWorthRepeating(error)) throw error;
      }
      await new Promise<void>((resume) => this.options.clock.after(pauseMs * (0.8 + 0.4 * Math.random()), resume));
      await this.#lookAround();
    }
    await step();
  }

  /** Where the leaders are now, on connections that live. */
  async #lookAround(): Promise<void> {
    try {
      if (!this.cluster.isConnected()) await this.cluster.connect();
      await this.cluster.refreshMetadata();
    } catch (error) {
      if (!isWorthRepeating(error)) throw error;
    }
  }

  #numbered(messages: readonly RoutedMessage[]): Batch[] {
    const batches = new Map<string, Map<number, Batch>>();
    for (const message of messages) {
      const { topic } = message.record;
      let ofTopic = batches.get(topic);
      if (ofTopic === undefined) batches.set(topic, (ofTopic = new Map()));
      const partition = (message.partition ??= chosenPartition(message, this.#partitionsOf(topic)));
      const batch = ofTopic.get(partition);
      if (batch !== undefined) batch.messages.push(message);
      else
        ofTopic.set(partition, {
          topic,
          partition,
          messages: [message],
          firstSequence: this.#sequenceOf(topic, partition),
        });
    }
    const all = [...batches.values()].flatMap((ofTopic) => [...ofTopic.values()]);
    for (const batch of all) this.#sequences.set(idOf(batch), after(batch.firstSequence, batch.messages.length));
    return all;
  }

  #sequenceOf(topic: string, partition: number): number {
    return this.#sequences.get(idOf({ topic, partition })) ?? 0;
  }

  #partitionsOf(topic: string) {
    const partitions = this.cluster.findTopicPartitionMetadata(topic);
    if (partitions.length === 0) throw protocolError(UNKNOWN_PARTITION);
    return partitions;
  }

  /** To all leaders at the same time, until each has answered. */
  async #write(batches: readonly Batch[]): Promise<Map<Batch, unknown>> {
    const failures = new Map<Batch, unknown>();
    const shares = new Map<number, Batch[]>();
    for (const batch of batches) {
      const leader = this.cluster.findTopicPartitionMetadata(batch.topic).find(({ partitionId }) => partitionId === batch.partition)?.leader; // prettier-ignore
      const share = shares.get(leader ?? -1);
      if (leader === undefined) failures.set(batch, protocolError(UNKNOWN_PARTITION));
      else if (leader < 0) failures.set(batch, protocolError(NO_LEADER));
      else if (share === undefined) shares.set(leader, [batch]);
      else share.push(batch);
    }
    await Promise.all([...shares].map(([leader, share]) => this.#ask(leader, share, failures)));
    return failures;
  }

  async #ask(leader: number, share: readonly Batch[], failures: Map<Batch, unknown>): Promise<void> {
    try {
      const broker = await this.cluster.findBroker({ nodeId: String(leader) });
      const response = await broker.produce({
        ...this.#id!,
        acks: -1,
        compression: this.options.compression,
        topicData: byTopic(share),
      });
      const codes = codesOf(response);
      for (const batch of share) {
        const code = codes.get(idOf(batch)) ?? NO_LEADER;
        // A repetition, older than what the broker remembers the offsets of: it is written.
        if (code !== 0 && code !== DUPLICATE_SEQUENCE) failures.set(batch, protocolError(code));
      }
    } catch (error) {
      const { name, host, port } = error as { name: string; host: string; port: number };
      if (name === 'KafkaJSConnectionClosedError') this.cluster.removeBroker({ host, port });
      for (const batch of share) failures.set(batch, error);
    }
  }
}

function byTopic(share: readonly Batch[]) {
  const topics = new Map<string, Batch[]>();
  for (const batch of share) {
    const partitions = topics.get(batch.topic);
    if (partitions === undefined) topics.set(batch.topic, [batch]);
    else partitions.push(batch);
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }));
}

function codesOf({ topics }: ProduceResponse): Map<string, number> {
  const codes = new Map<string, number>();
  for (const { topicName: topic, partitions } of topics)
    for (const { partition, errorCode } of partitions) codes.set(idOf({ topic, partition }), errorCode);
  return codes;
}

/** Numbers are 31 bits and begin again at 0, as in the broker (`DefaultRecordBatch.incrementSequence`). */
export function after(sequence: number, count: number): number {
  return (sequence + count) % 2 ** 31;
}

function isWorthRepeating(error: unknown): boolean {
  return (error as { retriable?: boolean } | undefined)?.retriable === true;
}
