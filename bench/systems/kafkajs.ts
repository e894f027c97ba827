import { randomUUIDv7 } from 'node:crypto';
import type { Consumer, Kafka, Message, Producer } from 'kafkajs';
import { cleanTopics, client, createTopics, ON_KAFKA, topicOf } from './kafka-topics.ts';
import type { Client, Handler, Place, System, Task } from './system.ts';

/**
 * The ceiling: the bare client. It writes records of the same size and headers as Sunbeon's, works off Sunbeon's own in batches,
 * commits nothing, retries nothing. Its `enqueue` is what it does without a buffer of ours: one request per call.
 */
export const system: System = {
  name: 'kafkajs',
  package: 'kafkajs',
  variants: ON_KAFKA,
  can: ['single', 'bulk', 'work', 'partitions', 'backlog'],
  pace: { single: 8_000, bulk: 100_000, work: 250_000 },
  filledBy: 'sunbeon',
  clean: cleanTopics,
  async open(place) {
    const kafka = client(place);
    await createTopics(place, [topicOf(place)]);
    return new KafkajsClient(place, kafka);
  },
};

class KafkajsClient implements Client {
  readonly #place: Place;
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | undefined;
  #consumer: Consumer | undefined;
  #batch: Message[] = [];

  constructor(place: Place, kafka: Kafka) {
    this.#place = place;
    this.#kafka = kafka;
  }

  enqueue(task: Task): Promise<unknown> {
    return this.#send([record(task)]);
  }

  /** The same batch every time: what it costs to make records is not the client's. */
  enqueueMany(tasks: readonly Task[]): Promise<unknown> {
    if (this.#batch.length !== tasks.length) this.#batch = tasks.map(record);
    return this.#send(this.#batch);
  }

  async #send(messages: Message[]): Promise<unknown> {
    const producer = await (this.#producer ??= this.#connect());
    return producer.sendBatch({ acks: -1, topicMessages: [{ topic: topicOf(this.#place), messages }] }); // prettier-ignore
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer();
    await producer.connect();
    return producer;
  }

  async work(handler: Handler): Promise<void> {
    const consumer = (this.#consumer = this.#kafka.consumer({ groupId: this.#place.name }));
    await consumer.connect();
    await consumer.subscribe({ topic: topicOf(this.#place), fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) void handler(JSON.parse(value!.toString()) as Task);
      },
    });
  }

  async close(): Promise<void> {
    await (await this.#producer)?.disconnect();
    await this.#consumer?.disconnect();
  }
}

function record(task: Task): Message {
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUIDv7(),
    ce_type: 'noop',
    ce_source: 'bench',
    ce_time: new Date().toISOString(),
    'content-type': 'application/json',
    'sunbeon-attempt': '1',
  };
  return { key: task.key ?? null, value: JSON.stringify(task), headers };
}
