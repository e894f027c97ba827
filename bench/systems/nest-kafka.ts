import 'reflect-metadata';
import { Controller, type INestMicroservice, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientKafka, type KafkaOptions, MessagePattern, Transport } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { cleanTopics, createTopics, ON_KAFKA, topicOf } from './kafka-topics.ts';
import type { Client, Handler, Place, System, Task } from './system.ts';

/** Nest's own Kafka transport as it comes: it calls a method per record and answers; no retries, no DLQ, no order per key. */
export const system: System = {
  name: 'nest-kafka',
  package: '@nestjs/microservices',
  variants: ON_KAFKA,
  can: ['single', 'bulk', 'work', 'replies', 'backlog'],
  pace: { single: 6_000, bulk: 80_000, work: 45_000 },
  clean: cleanTopics,
  async open(place) {
    await createTopics(place, [topicOf(place), `${topicOf(place)}.reply`]);
    return new NestKafkaClient(place);
  },
};

const optionsOf = ({ address, name }: Place): NonNullable<KafkaOptions['options']> => ({
  client: { brokers: [address], clientId: 'bench', logLevel: 1 },
  consumer: { groupId: name },
  subscribe: { fromBeginning: true },
});

class NestKafkaClient implements Client {
  readonly #place: Place;
  readonly #topic: string;
  readonly #client: ClientKafka;
  #isListening: Promise<unknown> | undefined;
  #server: INestMicroservice | undefined;

  constructor(place: Place) {
    this.#place = place;
    this.#topic = topicOf(place);
    this.#client = new ClientKafka(optionsOf(place));
  }

  enqueue(task: Task): Promise<unknown> {
    return lastValueFrom(this.#client.emit(this.#topic, task));
  }

  enqueueMany(tasks: readonly Task[]): Promise<unknown> {
    return lastValueFrom(this.#client.emitBatch(this.#topic, { messages: [...tasks] }));
  }

  async work(handler: Handler): Promise<void> {
    const options: KafkaOptions = { transport: Transport.KAFKA, options: optionsOf(this.#place) };
    const root = { module: class Root {}, controllers: [controller(this.#topic, handler)] };
    this.#server = await NestFactory.createMicroservice(root, { ...options, logger: ['error'] });
    await this.#server.listen();
  }

  async ask(task: Task): Promise<unknown> {
    await (this.#isListening ??= this.#listen());
    return lastValueFrom(this.#client.send(this.#topic, task));
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#server?.close();
  }

  async #listen(): Promise<unknown> {
    this.#client.subscribeToResponseOf(this.#topic);
    return this.#client.connect();
  }
}

/** `@Controller() class Noop { @MessagePattern(topic) handle(task) { … } }`: Node runs these files without a compiler. */
function controller(topic: string, handler: Handler): Type {
  class Noop {
    async handle(task: Task): Promise<number> {
      await handler(task);
      return task.n;
    }
  }
  MessagePattern(topic)(Noop.prototype, 'handle', Object.getOwnPropertyDescriptor(Noop.prototype, 'handle')!);
  Controller()(Noop);
  return Noop;
}
