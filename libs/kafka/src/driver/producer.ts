import type { IHeaders, Message, Producer, RecordMetadata, TopicMessages } from 'kafkajs';
import type { OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { compressionType } from '../codecs.js';
import { withFacts } from '../produce-errors.js';
import type { DriverContext } from './client.js';
import { mapped, rootOf, SEQUENCE_LOST } from './errors.js';
import { groupedInOnePass, type RoutedMessage, Spread, spreadingPartitioner } from './partitioner.js';
import { chunksOf, toKafkaHeaders } from './records.js';
import { checkTopics } from './topics.js';
import type { SendCount } from '../wire/write-batch.js';

/** About 10 s in all: longer than a broker takes to restart, shorter than a person waits. */
const SEND_RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 };

/**
 * An idempotent kafkajs producer that is thrown away after every failed send. kafkajs takes the sequence number back when a
 * request fails, though the broker may have written it: the next records would carry the same number and the broker would
 * acknowledge them as a repetition without writing them. A new producer has a new id, so nothing can be mistaken.
 * For the same reason, and for the order per partition, one call is sent at a time. More at once would gain nothing: with idempotence
 * kafkajs holds a lock per broker from the numbering to the answer (`producer/eosManager`), so a broker has one request at a time.
 */
export class KafkajsProducer implements RoadProducer {
  readonly #context: DriverContext;
  /** The same, with clients that wait for a broker as long as a send may take. */
  readonly #patient: DriverContext;
  readonly #spread = new Spread();
  readonly #known = new Set<string>();
  #client: Producer | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#patient = { ...context, kafka: () => context.kafka(SEND_RETRY) };
  }

  /** @throws SunbeonError `BROKER_UNREACHABLE` */
  async connect(): Promise<void> {
    const client = this.#patient.kafka().producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: spreadingPartitioner,
      retry: SEND_RETRY,
    });
    try {
      await client.connect();
    } catch (error) {
      await this.#discard(client);
      throw mapped(error, { what: 'Connecting a producer', otherwise: 'BROKER_UNREACHABLE' });
    }
    this.#client = client;
  }

  /** @throws SunbeonError `facts.mayHaveHappened`: whether a broker may have written the records, or some of them, all the same */
  send(records: readonly OutgoingRecord[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(closed());
    const sent = this.#tail.then(() => this.#send(records));
    this.#tail = sent.catch(() => undefined); // its caller has it
    return sent;
  }

  /** After what is under way; nothing can be sent any more. */
  async disconnect(): Promise<void> {
    this.#isClosed = true;
    await this.#tail;
    const client = this.#client;
    this.#client = undefined;
    if (client !== undefined) await this.#discard(client);
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const sent: SendCount = { requests: 0 };
    try {
      await this.#checkTopics(records);
      for (const chunk of chunksOf(records, this.#context.maxRequestBytes)) {
        const batch = this.#batch(chunk, sent);
        await this.#deliver(batch, sent).catch((error: unknown) => {
          // Not written under the lost numbering, or not sent at all: so it goes again under a new one.
          if (error instanceof RecordsForgotten) return this.#deliver(error.forgotten, sent);
          if (SEQUENCE_LOST.has(rootOf(error).type)) return this.#deliver(batch, sent);
          throw error;
        });
      }
    } catch (error) {
      throw withDoubt(mapped(error, doing(records)), { records, sent });
    }
  }

  async #checkTopics(records: readonly OutgoingRecord[]): Promise<void> {
    const unknown = new Set<string>();
    for (const { topic } of records) if (!this.#known.has(topic)) unknown.add(topic);
    if (unknown.size === 0) return;
    await checkTopics(this.#patient, { topics: [...unknown], what: 'Sending' });
    for (const topic of unknown) this.#known.add(topic);
  }

  async #deliver(topicMessages: TopicMessages[], sent: SendCount): Promise<void> {
    if (this.#client === undefined) await this.connect();
    const client = this.#client!;
    try {
      const compression = compressionType(this.#context.compression);
      // Without the patch that counts them nobody knows when a request is written.
      if (!this.#context.recordBatch) sent.requests++;
      const receipts = await client.sendBatch({ acks: -1, compression, topicMessages });
      const forgotten = forgottenOf(topicMessages, receipts);
      if (forgotten.length > 0) throw new RecordsForgotten(forgotten);
    } catch (error) {
      this.#client = undefined;
      this.#known.clear();
      await this.#discard(client);
      throw error;
    }
  }

  /** Grouped by topic; which partition a record without key gets is settled here, so that a retry does not change it. */
  #batch(records: readonly OutgoingRecord[], sent: SendCount): TopicMessages[] {
    const batch = new Map<string, RoutedMessage[]>();
    const next = this.#spread.call();
    for (const { topic, partition, key, value, headers } of records) {
      const written = this.#context.recordBatch ? (headers as IHeaders) : toKafkaHeaders(headers);
      const spread = key === null && partition === undefined ? next(topic) : undefined;
      const message: RoutedMessage = { key, value, headers: written, partition, spread, sent };
      const messages = batch.get(topic);
      if (messages === undefined) batch.set(topic, [message]);
      else messages.push(message);
    }
    return [...batch].map(([topic, messages]) => ({ topic, messages: groupedInOnePass(messages as Message[]) }));
  }

  async #discard(client: Producer): Promise<void> {
    await client.disconnect().catch((error: unknown) => {
      this.#context.warn(`A producer did not disconnect cleanly: ${rootOf(error).message}`);
    });
  }
}

/**
 * kafkajs notes answers by broker, and asks none twice. When a partition's leader moves during the send to a broker that has
 * answered already (a rolling restart does that), its records are never sent, and the send succeeds all the same.
 */
class RecordsForgotten extends Error {
  override readonly name = 'RecordsForgotten';

  constructor(readonly forgotten: TopicMessages[]) {
    super(`Records for ${forgotten.map(({ topic }) => `"${topic}"`).join(', ')} were acknowledged by no broker.`);
  }
}

/** Those that no broker has acknowledged, and only those: the others are written. Where a message went, the partitioner notes on it. */
function forgottenOf(sent: readonly TopicMessages[], receipts: readonly RecordMetadata[]): TopicMessages[] {
  return sent.flatMap(({ topic, messages }) => {
    const taken = new Set(receipts.filter(({ topicName }) => topicName === topic).map(({ partition }) => partition));
    const forgotten = messages.filter(({ partition }) => !taken.has(partition!));
    return forgotten.length === 0 ? [] : [{ topic, messages: groupedInOnePass(forgotten) }];
  });
}

function closed(): SunbeonError {
  return new SunbeonError('NOT_RUNNING', 'The producer was used after its disconnect.', {
    hint: 'Send before the stop, or ask the road for another producer.',
    facts: { mayHaveHappened: false },
  });
}

/** What a broker answers so has not been written, if it was asked once and for one partition. */
const REFUSALS: readonly string[] = ['RECORD_TOO_LARGE', 'TOPIC_MISSING'];

function withDoubt(
  error: SunbeonError,
  { records, sent }: { readonly records: readonly OutgoingRecord[]; readonly sent: SendCount },
): SunbeonError {
  const wasRefused = records.length === 1 && sent.requests === 1 && REFUSALS.includes(error.code);
  const mayHaveHappened = sent.requests > 0 && !wasRefused;
  return withFacts(error, { mayHaveHappened });
}

function doing(records: readonly OutgoingRecord[]) {
  const topics = [...new Set(records.map(({ topic }) => topic))];
  const partitions = [...new Set(records.map(({ partition }) => partition))];
  return {
    what: `Sending ${records.length} record${records.length === 1 ? '' : 's'} to ${topics.map((t) => `"${t}"`).join(', ')}`,
    otherwise: 'SEND_FAILED' as const,
    facts: {
      topic: topics.length === 1 ? topics[0] : topics,
      ...(partitions.length === 1 ? { partition: partitions[0] } : {}),
    },
  };
}
