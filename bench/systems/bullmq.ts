import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Client, Handler, Place, System, Task } from './system.ts';

export const system: System = {
  name: 'bullmq',
  package: 'bullmq',
  variants: [
    { service: 'redis', durability: 'none' },
    { service: 'redis-aof', durability: 'AOF everysec' },
  ],
  can: ['single', 'bulk', 'work', 'concurrent', 'results', 'replies'],
  pace: { single: 18_000, bulk: 30_000, work: 15_000 },
  open: async (place) => new BullClient(place),
  async clean(place) {
    const redis = new Redis(place.address);
    await redis.flushall();
    await redis.quit();
  },
};

class BullClient implements Client {
  readonly #place: Place;
  readonly #connection: { host: string; port: number; maxRetriesPerRequest: null };
  readonly #queue: Queue;
  #worker: Worker | undefined;
  #events: QueueEvents | undefined;

  constructor(place: Place) {
    const { hostname, port } = new URL(place.address);
    this.#place = place;
    this.#connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
    // It keeps finished jobs with their results for ever unless told otherwise.
    const defaultJobOptions = { removeOnComplete: !place.results };
    this.#queue = new Queue(place.name, { connection: this.#connection, defaultJobOptions });
  }

  enqueue(task: Task): Promise<unknown> {
    return this.#queue.add('noop', task);
  }

  enqueueMany(tasks: readonly Task[]): Promise<unknown> {
    return this.#queue.addBulk(tasks.map((data) => ({ name: 'noop', data })));
  }

  async work(handler: Handler): Promise<void> {
    const run = async ({ data }: { data: Task }): Promise<number> => {
      await handler(data);
      return data.n;
    };
    this.#worker = new Worker(this.#place.name, run, { connection: this.#connection, concurrency: this.#place.atOnce });
    await this.#worker.waitUntilReady();
  }

  async ask(task: Task): Promise<unknown> {
    this.#events ??= new QueueEvents(this.#place.name, { connection: this.#connection });
    await this.#events.waitUntilReady();
    const job = await this.#queue.add('noop', task);
    return job.waitUntilFinished(this.#events);
  }

  async close(): Promise<void> {
    await this.#worker?.close(true);
    await this.#events?.close();
    await this.#queue.close();
  }
}
