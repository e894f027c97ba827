import type { OutgoingRecord, ProducerOptions, RoadProducer } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { compressionType } from '../codecs.js';
import { withFacts } from '../produce-errors.js';
import { Unwritten } from '../unwritten.js';
import type { DriverContext } from './client.js';
import { mapped, rootOf, SEQUENCE_LOST } from './errors.js';
import { Spread } from './partitioner.js';
import { chunksOf, toKafkaHeaders } from './records.js';
import { type Left, type RoutedMessage, Sender } from './sender.js';
import { checkTopics } from './topics.js';
import { TryLimit } from './try-limit.js';

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

  constructor(
    context: DriverContext,
    private readonly options: ProducerOptions = {},
  ) {
    this.#context = context;
    this.#patient = { ...context, admin: () => context.admin(SEND_RETRY) };
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
    const limit = new TryLimit(this.#context.clock, this.options.tryingMs);
    await this.#sendWithin(limit, records).finally(() => limit.end());
  }

  async #sendWithin(limit: TryLimit, records: readonly OutgoingRecord[]): Promise<void> {
    try {
      await this.#checkTopics(records);
    } catch (error) {
      throw withFacts(mapped(error, doing(records)), { mayHaveHappened: false });
    }
    const chunks = chunksOf(records, this.#context.maxRequestBytes).map((chunk) => this.#routed(chunk));
    for (const [index, chunk] of chunks.entries()) {
      const left = await this.#deliver(chunk, limit);
      if (left.length === 0) continue;
      const later = chunks.slice(index + 1).map((messages) => ({ messages, error: left[0]!.error, isInDoubt: false }));
      throw failureOf(records, [...left, ...later]);
    }
  }

  async #checkTopics(records: readonly OutgoingRecord[]): Promise<void> {
    const unknown = new Set<string>();
    for (const { topic } of records) if (!this.#known.has(topic)) unknown.add(topic);
    if (unknown.size === 0) return;
    await checkTopics(this.#patient, { topics: [...unknown], what: 'Sending' });
    for (const topic of unknown) this.#known.add(topic);
  }

  async #deliver(messages: readonly RoutedMessage[], limit: TryLimit): Promise<readonly Left[]> {
    const left = await this.#try(messages, limit);
    // Not written under the lost numbering: so it goes again under a new one.
    const lost = left.filter(({ error, isInDoubt }) => !isInDoubt && SEQUENCE_LOST.has(rootOf(error).type));
    if (lost.length === 0) return left;
    const others = left.filter((one) => !lost.includes(one));
    const again = lost.flatMap((one) => one.messages);
    return [...others, ...(await this.#try(again, limit))];
  }

  async #try(messages: readonly RoutedMessage[], limit: TryLimit): Promise<readonly Left[]> {
    try {
      if (this.#sender === undefined) await this.connect();
    } catch (error) {
      return [{ messages, error, isInDoubt: false }];
    }
    const sender = this.#sender!;
    const left = await sender.send(messages, limit);
    if (left.length > 0) {
      this.#sender = undefined;
      this.#known.clear();
      await this.#discard(sender);
    }
    return left;
  }

  /** With what decides where a record without key goes. */
  #routed(records: readonly OutgoingRecord[]): RoutedMessage[] {
    const next = this.#spread.call();
    return records.map((record) => {
      const { topic, partition, key, value } = record;
      const headers = this.#context.recordBatch ? record.headers : toKafkaHeaders(record.headers);
      const spread = key === null && partition === undefined ? next(topic) : undefined;
      return { record, key, value, headers, partition, spread };
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

/** For the send as a whole: in doubt where some of it is written or may be. */
function failureOf(records: readonly OutgoingRecord[], left: readonly Left[]): SunbeonError {
  const parts = left.map(({ messages, error, isInDoubt }) => {
    const own = messages.map(({ record }) => record);
    return { records: own, failure: withFacts(mapped(error, doing(own)), { mayHaveHappened: isInDoubt }) };
  });
  const worst = left.find(({ isInDoubt }) => isInDoubt) ?? left[0]!;
  const isInDoubt = worst.isInDoubt || left.reduce((sum, { messages }) => sum + messages.length, 0) < records.length;
  const error = mapped(worst.error, doing(records));
  return withFacts(error, { mayHaveHappened: isInDoubt }, new Unwritten(parts, worst.error));
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
