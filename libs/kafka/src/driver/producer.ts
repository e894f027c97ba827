import type { OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { compressionType } from '../codecs.js';
import { withFacts } from '../produce-errors.js';
import type { SendCount } from '../wire/write-batch.js';
import type { DriverContext } from './client.js';
import { mapped, rootOf, SEQUENCE_LOST } from './errors.js';
import { Spread } from './partitioner.js';
import { chunksOf, toKafkaHeaders } from './records.js';
import { type RoutedMessage, Sender, Unwritten } from './sender.js';
import { checkTopics } from './topics.js';

/** About 10 s in all: longer than a broker takes to restart, shorter than a person waits. */
const SEND_RETRY = { retries: 8, initialRetryTime: 100, maxRetryTime: 2_000 };

/**
 * Brings records to their topics with a `Sender` that is thrown away after every failed send: its numbers are given to records that
 * are not written, and the broker would take others with the same numbers for a repetition. A new one has a new producer id.
 * For the order per partition one call is sent at a time.
 */
export class KafkajsProducer implements RoadProducer {
  readonly #context: DriverContext;
  /** The same, with clients that wait for a broker as long as a send may take. */
  readonly #patient: DriverContext;
  readonly #spread = new Spread();
  readonly #known = new Set<string>();
  #sender: Sender | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(context: DriverContext) {
    this.#context = context;
    this.#patient = { ...context, kafka: () => context.kafka(SEND_RETRY) };
  }

  /** @throws SunbeonError `BROKER_UNREACHABLE` */
  async connect(): Promise<void> {
    const { clock, compression } = this.#context;
    const sender = new Sender(this.#context.cluster(SEND_RETRY), { clock, compression: compressionType(compression) });
    try {
      await sender.connect();
    } catch (error) {
      await this.#discard(sender);
      throw mapped(error, { what: 'Connecting a producer', otherwise: 'BROKER_UNREACHABLE' });
    }
    this.#sender = sender;
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
    const sender = this.#sender;
    this.#sender = undefined;
    if (sender !== undefined) await this.#discard(sender);
  }

  async #send(records: readonly OutgoingRecord[]): Promise<void> {
    const sent: SendCount = { requests: 0 };
    try {
      await this.#checkTopics(records);
      const chunks = chunksOf(records, this.#context.maxRequestBytes).map((chunk) => this.#routed(chunk, sent));
      for (const [index, chunk] of chunks.entries()) {
        await this.#deliver(chunk).catch((error: unknown) => {
          if (!(error instanceof Unwritten)) throw error;
          // Not written under the lost numbering: so it goes again under a new one.
          if (SEQUENCE_LOST.has(rootOf(error).type)) return this.#deliver(error.messages);
          throw new Unwritten([...error.messages, ...chunks.slice(index + 1).flat()], error.cause);
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

  async #deliver(messages: readonly RoutedMessage[]): Promise<void> {
    if (this.#sender === undefined) await this.connect();
    const sender = this.#sender!;
    try {
      // Without the patch that counts them nobody knows when a request is written.
      if (!this.#context.recordBatch) messages[0]!.sent.requests++;
      await sender.send(messages);
    } catch (error) {
      this.#sender = undefined;
      this.#known.clear();
      await this.#discard(sender);
      throw error;
    }
  }

  /** With what decides where a record without key goes. */
  #routed(records: readonly OutgoingRecord[], sent: SendCount): RoutedMessage[] {
    const next = this.#spread.call();
    return records.map((record) => {
      const { topic, partition, key, value } = record;
      const headers = this.#context.recordBatch ? record.headers : toKafkaHeaders(record.headers);
      const spread = key === null && partition === undefined ? next(topic) : undefined;
      return { record, key, value, headers, partition, spread, sent };
    });
  }

  async #discard(sender: Sender): Promise<void> {
    await sender.disconnect().catch((error: unknown) => {
      this.#context.warn(`A producer did not disconnect cleanly: ${rootOf(error).message}`);
    });
  }
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
