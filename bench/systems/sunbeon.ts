import { randomUUIDv7 } from 'node:crypto';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { Binding, Message, Transport } from '@sunbeon/core/ports';
import { cleanTopics, ON_KAFKA } from './kafka-topics.ts';
import { type NoopContract, noopContract, transportOf } from './sunbeon-contract.ts';
import type { Client, Handler, Place, System, Task } from './system.ts';

/** The transport below Nest, with JSON. */
export const system: System = {
  name: 'sunbeon',
  package: '@sunbeon/kafka',
  variants: ON_KAFKA,
  can: [
    'single',
    'bulk',
    'work',
    'concurrent',
    'results',
    'replies',
    'keys',
    'partitions',
    'backlog',
    'takeover',
    'dlq',
    'retries',
  ],
  pace: { single: 60_000, bulk: 100_000, work: 100_000 },
  clean: cleanTopics,
  async open(place) {
    const contract = noopContract(place);
    const transport = transportOf(place, contract);
    await transport.start();
    return new SunbeonClient(place, transport, contract);
  },
};

class SunbeonClient implements Client {
  readonly #place: Place;
  readonly #transport: Transport;
  readonly #contract: NoopContract;

  constructor(place: Place, transport: Transport, contract: NoopContract) {
    this.#place = place;
    this.#transport = transport;
    this.#contract = contract;
  }

  enqueue(task: Task): Promise<void> {
    return this.#transport.send([this.#message(task)]);
  }

  enqueueMany(tasks: readonly Task[]): Promise<void> {
    return this.#transport.send(tasks.map((task) => this.#message(task)));
  }

  work(handler: Handler): Promise<void> {
    const { results } = this.#place;
    const binding: Binding = {
      contract: this.#contract,
      group: undefined,
      policy: this.#contract.policy,
      where: 'bench',
      handle: async (task) => {
        await handler(task as Task);
        return results ? (task as Task).n : 0;
      },
    };
    return this.#transport.consume([binding]);
  }

  async ask(task: Task): Promise<unknown> {
    const message = this.#message(task, this.#transport.results.replyTo);
    const result = this.#transport.results.wait(message.envelope.id, { timeoutMs: 30_000 });
    await this.#transport.send([message]);
    return (await result).output;
  }

  close(): Promise<void> {
    return this.#transport.stop();
  }

  #message(task: Task, replyTo?: number): Message {
    const envelope = createEnvelope({
      id: randomUUIDv7(),
      type: this.#contract.name,
      source: 'bench',
      timeMs: Date.now(),
      key: task.key,
      replyTo,
    });
    return { contract: this.#contract, payload: task, envelope };
  }
}
