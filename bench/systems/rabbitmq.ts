import { type Channel, type ChannelModel, connect, type ConfirmChannel, type ConsumeMessage } from 'amqplib';
import type { Client, Handler, Place, System, Task } from './system.ts';

/** Durable queues, persistent messages, publisher confirms; the socket sends at once (noDelay). */
export const system: System = {
  name: 'rabbitmq',
  package: 'amqplib',
  variants: [{ service: 'rabbitmq', durability: 'durable, confirms' }],
  can: ['single', 'bulk', 'work', 'concurrent', 'results', 'replies', 'takeover'],
  pace: { single: 17_000, bulk: 20_000, work: 40_000 },
  async open(place) {
    const connection = await connect(place.address, { noDelay: true });
    const sending = await connection.createConfirmChannel();
    for (const queue of [place.name, resultsOf(place)]) await sending.assertQueue(queue, { durable: true });
    return new RabbitClient(place, connection, sending);
  },
  async clean(place) {
    const connection = await connect(place.address);
    const channel = await connection.createChannel();
    for (const queue of [place.name, resultsOf(place)]) await channel.deleteQueue(queue);
    await connection.close();
  },
};

const resultsOf = (place: Place): string => `${place.name}.results`;

class RabbitClient implements Client {
  readonly #place: Place;
  readonly #connection: ChannelModel;
  readonly #sending: ConfirmChannel;
  readonly #asking = new Map<string, (result: unknown) => void>();
  #replyTo: Promise<string> | undefined;

  constructor(place: Place, connection: ChannelModel, sending: ConfirmChannel) {
    this.#place = place;
    this.#connection = connection;
    this.#sending = sending;
  }

  enqueue(task: Task): Promise<void> {
    return this.#publish(this.#place.name, task);
  }

  async enqueueMany(tasks: readonly Task[]): Promise<void> {
    await Promise.all(tasks.map((task) => this.enqueue(task)));
  }

  /** The result, where one is asked for, is confirmed before the task is acknowledged. */
  async work(handler: Handler): Promise<void> {
    const channel = await this.#connection.createChannel();
    await channel.prefetch(this.#place.atOnce);
    const run = async (message: ConsumeMessage): Promise<void> => {
      const task = JSON.parse(message.content.toString()) as Task;
      await handler(task);
      const { replyTo, correlationId } = message.properties as { replyTo?: string; correlationId: string };
      if (replyTo !== undefined) this.#sending.sendToQueue(replyTo, Buffer.from(String(task.n)), { correlationId });
      if (this.#place.results) await this.#publish(resultsOf(this.#place), { n: task.n });
      channel.ack(message);
    };
    await channel.consume(this.#place.name, (message) => message && void run(message));
  }

  async ask(task: Task): Promise<unknown> {
    const replyTo = await (this.#replyTo ??= this.#listen());
    const correlationId = String(task.n);
    const result = new Promise((resolve) => this.#asking.set(correlationId, resolve));
    await this.#publish(this.#place.name, task, { replyTo, correlationId });
    return result;
  }

  close(): Promise<unknown> {
    return this.#connection.close();
  }

  async #listen(): Promise<string> {
    const channel: Channel = await this.#connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    const settle = ({ content, properties }: ConsumeMessage): void => this.#asking.get(properties.correlationId as string)?.(content); // prettier-ignore
    await channel.consume(queue, (message) => message && settle(message), { noAck: true });
    return queue;
  }

  #publish(queue: string, body: unknown, options: { replyTo?: string; correlationId?: string } = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const content = Buffer.from(JSON.stringify(body));
      this.#sending.sendToQueue(queue, content, { persistent: true, ...options }, (error: unknown) => error ? reject(error as Error) : resolve()); // prettier-ignore
    });
  }
}
