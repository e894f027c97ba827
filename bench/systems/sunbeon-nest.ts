import 'reflect-metadata';
import { type INestApplicationContext, Injectable, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Handles, SunbeonModule, Tasks } from '@sunbeon/nest';
import { cleanTopics, ON_KAFKA } from './kafka-topics.ts';
import { type NoopContract, noopContract, transportOf } from './sunbeon-contract.ts';
import type { Client, Handler, Place, System, Task } from './system.ts';

/** As an application uses it: `@Handles`, `Tasks.enqueue`. */
export const system: System = {
  name: 'sunbeon-nest',
  package: '@sunbeon/nest',
  variants: ON_KAFKA,
  can: ['single', 'work', 'concurrent', 'replies'],
  pace: { single: 50_000, bulk: 80_000, work: 80_000 },
  clean: cleanTopics,
  async open(place) {
    const contract = noopContract(place);
    const app = await start(place, contract);
    return new NestClient(place, contract, app);
  },
};

class NestClient implements Client {
  readonly #place: Place;
  readonly #contract: NoopContract;
  readonly #apps: INestApplicationContext[];
  readonly #tasks: Tasks;

  constructor(place: Place, contract: NoopContract, app: INestApplicationContext) {
    this.#place = place;
    this.#contract = contract;
    this.#apps = [app];
    this.#tasks = app.get(Tasks);
  }

  enqueue(task: Task): Promise<unknown> {
    return this.#tasks.enqueue(this.#contract, task);
  }

  enqueueMany(tasks: readonly Task[]): Promise<unknown> {
    return this.#tasks.enqueueMany(this.#contract, tasks);
  }

  async ask(task: Task): Promise<unknown> {
    const handle = await this.#tasks.enqueue(this.#contract, task);
    return handle.result();
  }

  /** A second application, as the consumer is one of its own. */
  async work(handler: Handler): Promise<void> {
    this.#apps.push(await start(this.#place, this.#contract, [handlerClass(this.#contract, handler)]));
  }

  async close(): Promise<void> {
    for (const app of this.#apps) await app.close();
  }
}

/** `@Injectable() class Noop { @Handles(noop) handle(task) { … } }`: Node runs these files without a compiler, hence no decorators. */
function handlerClass(contract: NoopContract, handler: Handler): Type {
  class Noop {
    async handle(task: { readonly n: number }): Promise<number> {
      await handler(task);
      return task.n;
    }
  }
  Handles(contract)(Noop.prototype, 'handle', Object.getOwnPropertyDescriptor(Noop.prototype, 'handle')!);
  Injectable()(Noop);
  return Noop;
}

class Root {}

async function start(place: Place, contract: NoopContract, providers: Type[] = []): Promise<INestApplicationContext> {
  const sunbeon = SunbeonModule.forRoot({ transport: transportOf(place, contract), contracts: [contract], consume: providers.length > 0, log: false }); // prettier-ignore
  return NestFactory.createApplicationContext({ module: Root, imports: [sunbeon], providers }, { logger: ['error'] });
}
