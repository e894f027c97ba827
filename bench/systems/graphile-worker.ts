import { Logger, makeWorkerUtils, run, type Runner, type WorkerUtils } from 'graphile-worker';
import pg from 'pg';
import type { Client, Handler, Place, System, Task } from './system.ts';

/** Tuned as its documentation says: for more than one at once a local queue of jobs, and finished jobs written together. */
export const system: System = {
  name: 'graphile-worker',
  package: 'graphile-worker',
  variants: [{ service: 'postgres', durability: 'fsync' }],
  can: ['single', 'bulk', 'work', 'concurrent'],
  pace: { single: 1_500, bulk: 80_000, work: 30_000 },
  async open(place) {
    const utils = await makeWorkerUtils({ connectionString: place.address, schema: place.name, logger: silent, maxPoolSize: CONNECTIONS }); // prettier-ignore
    await utils.migrate();
    return new GraphileClient(place, utils);
  },
  async clean(place) {
    const client = new pg.Client({ connectionString: place.address });
    await client.connect();
    await client.query(`drop schema if exists "${place.name}" cascade`);
    await client.end();
  },
};

const CONNECTIONS = 20;
const silent = new Logger(() => () => undefined);

class GraphileClient implements Client {
  readonly #place: Place;
  readonly #utils: WorkerUtils;
  #runner: Runner | undefined;

  constructor(place: Place, utils: WorkerUtils) {
    this.#place = place;
    this.#utils = utils;
  }

  enqueue(task: Task): Promise<unknown> {
    return this.#utils.addJob('noop', task);
  }

  enqueueMany(tasks: readonly Task[]): Promise<unknown> {
    return this.#utils.addJobs(tasks.map((payload) => ({ identifier: 'noop', payload })));
  }

  async work(handler: Handler): Promise<void> {
    const { address, name, atOnce } = this.#place;
    this.#runner = await run({
      connectionString: address,
      schema: name,
      concurrency: atOnce,
      noHandleSignals: true,
      logger: silent,
      maxPoolSize: CONNECTIONS,
      taskList: { noop: async (task) => handler(task as Task) },
      ...(atOnce > 1 ? { preset: TUNED } : {}),
    });
  }

  async close(): Promise<void> {
    await this.#runner?.stop();
    await this.#utils.release();
  }
}

const TUNED = { worker: { localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } };
