import type { Clock, OutgoingRecord } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import type { PlainMessage } from '../wire/write-batch.js';
import { type Cluster, type LeadingBroker, type ProduceResponse, type ProducerId, protocolError } from './cluster.js';
import { rootOf } from './errors.js';
import { idOf } from './internals.js';
import { chosenPartition } from './partitioner.js';
import { TryLimit } from './try-limit.js';

/** A record on its way. */
export interface RoutedMessage extends PlainMessage {
  readonly record: OutgoingRecord;
  /** Where it goes; chosen once, so that a repetition goes there too. */
  partition: number | undefined;
  /** The turn of a record without key. */
  readonly spread: number | undefined;
}

/** What is not known to be written, and why. */
export interface Left {
  readonly messages: readonly RoutedMessage[];
  readonly error: unknown;
  /** A broker may have written it all the same: it was asked, and its answer did not say. */
  readonly isInDoubt: boolean;
}

/** One partition's records of one send. The number stays with them: a broker that has them already acknowledges and writes nothing. */
interface Batch {
  readonly topic: string;
  readonly partition: number;
  readonly messages: RoutedMessage[];
  readonly firstSequence: number;
  /** Counted where a request is encoded (`patches/record-batch.ts`). */
  requests: number;
  isWritten: boolean;
  isInDoubt: boolean;
  /** Tries at which its topic did not have its partition. */
  misses: number;
  /** Of the last try. */
  error: unknown;
}

/** 9 s in all: longer than a broker takes to restart, shorter than a person waits. */
const PAUSES_MS: readonly number[] = [100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000];
/** No try begins later: with tries that wait for an answer that never comes, the pauses are the least of it. */
const TRYING_MS = 30_000;
const TRANSACTION_TIMEOUT_MS = 60_000;
/** Metadata that is that often without a partition is not late. */
const LOOKS = 3;

/** https://kafka.apache.org/protocol#protocol_error_codes */
const UNKNOWN_PARTITION = 3;
const NO_LEADER = 5;
/** The leader of a partition that has none. */
const NOBODY = -1;
const DUPLICATE_SEQUENCE = 46;
/** Unknown, timed out, too few replicas after the leader has written: they do not say whether it is written. */
const NOT_SAYING = new Set([-1, 7, 20]);

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
    await this.#persist({ topics: [] }, async () => {
      await this.cluster.refreshMetadataIfNecessary();
      const broker = await this.cluster.findControllerBroker();
      this.#id = await broker.initProducerId({ transactionTimeout: TRANSACTION_TIMEOUT_MS });
    });
  }

  disconnect(): Promise<void> {
    return this.cluster.disconnect();
  }

  /** @returns what is not known to be written; nothing = all is. What one partition refuses for good keeps no other from being written. */
  async send(
    messages: readonly RoutedMessage[],
    limit = new TryLimit(this.options.clock, undefined),
  ): Promise<readonly Left[]> {
    const topics = [...new Set(messages.map(({ record }) => record.topic))];
    let batches: readonly Batch[] | undefined;
    try {
      await this.#persist({ topics, limit }, async () => {
        await this.cluster.addMultipleTargetTopics(topics);
        await this.cluster.refreshMetadataIfNecessary();
        batches ??= this.#numbered(messages);
        await this.#write(batches.filter(isOpen), limit);
        const open = batches.find(isOpen);
        if (open !== undefined) throw open.error;
      });
    } catch (error) {
      if (batches === undefined) return [{ messages, error, isInDoubt: false }];
      for (const batch of batches) if (!batch.isWritten) batch.error ??= error; // whoever is told is told why
    }
    return batches!.filter(({ isWritten }) => !isWritten);
  }

  /** What a moment may mend is done again, for as long as the pauses last. */
  async #persist(
    { topics, limit }: { readonly topics: readonly string[]; readonly limit?: TryLimit },
    step: () => Promise<void>,
  ): Promise<void> {
    const { clock } = this.options;
    const untilMs = clock.now() + TRYING_MS;
    for (const pauseMs of PAUSES_MS) {
      try {
        return await step();
      } catch (error) {
        if (!isWorthRepeating(error) || clock.now() > untilMs || limit?.isOver) throw error;
      }
      await new Promise<void>((resume) => clock.after(pauseMs * (0.8 + 0.4 * Math.random()), resume));
      await this.#lookAround(topics);
    }
    await step();
  }

  /** Where the leaders are now, on connections that live. */
  async #lookAround(topics: readonly string[]): Promise<void> {
    // One that has been deleted would fail the answer for all others.
    this.cluster.targetTopics = new Set(topics);
    try {
      if (!this.cluster.isConnected()) await this.cluster.connect();
      await this.cluster.refreshMetadata();
    } catch (error) {
      if (!isWorthRepeating(error) && rootOf(error).type === '') throw error;
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
          requests: 0,
          isWritten: false,
          isInDoubt: false,
          misses: 0,
          error: undefined,
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
  async #write(batches: readonly Batch[], limit: TryLimit): Promise<void> {
    const shares = new Map<number, Batch[]>();
    for (const batch of batches) {
      const leader = this.#leaderOf(batch);
      const share = shares.get(leader ?? NOBODY);
      if (leader === undefined) batch.error = this.#missed(batch);
      else if (leader === NOBODY) batch.error = protocolError(NO_LEADER);
      else if (share === undefined) shares.set(leader, [batch]);
      else share.push(batch);
    }
    await Promise.all([...shares].map(([leader, share]) => this.#ask(leader, share, limit)));
  }

  #leaderOf({ topic, partition }: Batch): number | undefined {
    return this.cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
  }

  /** A partition that whoever sends has named, of a topic that has others, is there or must be added: others do not wait for that. */
  #missed(batch: Batch): unknown {
    const { topic, partition, messages } = batch;
    const { length } = this.cluster.findTopicPartitionMetadata(topic);
    const isNamed = messages.some(({ record }) => record.partition !== undefined);
    if (length === 0 || !isNamed || ++batch.misses < LOOKS) return protocolError(UNKNOWN_PARTITION);
    return new SunbeonError(
      'TOPIC_MISMATCH',
      `Topic ${topic} has ${length} partitions, and no partition ${partition}.`,
      {
        hint: 'Add partitions to it until it has as many as the topic that it belongs to.',
        facts: { topic, partition, partitions: length },
      },
    );
  }

  async #ask(leader: number, share: readonly Batch[], limit: TryLimit): Promise<void> {
    const before = share.map(({ requests }) => requests);
    try {
      const broker = await this.cluster.findBroker({ nodeId: String(leader) });
      const { compression } = this.options;
      const request = { ...this.#id!, acks: -1 as const, compression, topicData: byTopic(share) };
      if (limit.isOver) throw tooLate();
      const response = await broker.produce(request).catch((error: unknown) => this.#hangUp(broker, error));
      const codes = codesOf(response);
      for (const batch of share) judge(batch, codes.get(idOf(batch)) ?? NO_LEADER);
    } catch (error) {
      for (const [index, batch] of share.entries()) {
        batch.error = error;
        batch.isInDoubt ||= batch.requests > before[index]!;
      }
    }
  }

  /** The next try needs another connection: this one is gone, or it is one on which answers do not come. */
  async #hangUp(broker: LeadingBroker, error: unknown): Promise<never> {
    const { name, host, port } = error as { name: string; host: string; port: number };
    if (name === 'KafkaJSConnectionClosedError') this.cluster.removeBroker({ host, port });
    if (name === 'KafkaJSRequestTimeoutError') await broker.disconnect().catch(() => undefined); // it may be closed already
    throw error;
  }
}

function tooLate(): SunbeonError {
  return new SunbeonError('DELIVERY_TIMEOUT', 'The time in which a try of this send may begin is over.', {
    hint: 'Check the brokers, then send again.',
  });
}

/** Neither written nor refused for good. */
function isOpen({ isWritten, error }: Batch): boolean {
  return !isWritten && (error === undefined || isWorthRepeating(error));
}

function judge(batch: Batch, code: number): void {
  // A duplicate: a repetition that is older than what the broker remembers the offsets of. It is written.
  batch.isWritten = code === 0 || code === DUPLICATE_SEQUENCE;
  batch.isInDoubt ||= NOT_SAYING.has(code);
  batch.error = batch.isWritten ? undefined : protocolError(code);
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
