import { describe, expect, it } from '@jest/globals';
import type { TaskContext } from '@sunbeon/core';
import { ThreadPool } from './pool.js';
import type { HandlerThread, ThreadTask } from './worker.js';

/** A thread that ends its tasks when told. */
class FakeThread {
  isDead = false;
  stops = 0;
  readonly ran: unknown[] = [];
  #gate = Promise.withResolvers<unknown>();

  constructor(
    private readonly begun: unknown[],
    private readonly failure?: Error,
  ) {}

  ready(): Promise<readonly string[]> {
    return this.failure === undefined ? Promise.resolve(['crunch']) : Promise.reject(this.failure);
  }

  run({ payload }: ThreadTask): Promise<unknown> {
    this.ran.push(payload);
    this.begun.push(payload);
    return this.#gate.promise;
  }

  async stop(): Promise<void> {
    this.stops++;
  }

  end(): void {
    this.#gate.resolve('done');
    this.#gate = Promise.withResolvers();
  }
}

function rig(size: number, failures: (Error | undefined)[] = []) {
  const [threads, begun] = [[] as FakeThread[], [] as unknown[]];
  const pool = new ThreadPool(size, () => {
    const thread = new FakeThread(begun, failures.shift());
    threads.push(thread);
    return thread as unknown as HandlerThread;
  });
  const run = (payload: unknown, signal = new AbortController().signal): Promise<unknown> =>
    pool.run({ handler: 'crunch', payload, context: { signal } as TaskContext, over: overOf(payload) });
  const counted = [] as unknown[];
  const overOf = (payload: unknown): ThreadTask['over'] => ({
    signal: new AbortController().signal,
    begins: (inMs) => void counted.push([payload, inMs]),
  });
  return { pool, threads, run, begun, counted };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const ran = (threads: readonly FakeThread[]): unknown[][] => threads.map((thread) => thread.ran);

describe('a pool', () => {
  it('grows when it has to, up to its size; who waits goes in order, whoever leaves', async () => {
    const { pool, threads, run, begun } = rig(2);
    expect(await pool.start()).toEqual(['crunch']);
    const impatient = new AbortController();
    const [left, ...others] = [run('c', impatient.signal), run('a'), run('b'), run('d'), run('e', impatient.signal), run('f')]; // prettier-ignore
    void left;
    await turn();
    expect(ran(threads)).toEqual([['c'], ['a']]);
    impatient.abort('enough');
    await expect(others[3]).rejects.toBe('enough'); // it waited; "c" runs and hears it from its thread
    for (let n = 0; n < 3; n++) {
      threads.forEach((thread) => thread.end());
      await turn();
    }
    expect(threads).toHaveLength(2);
    expect(begun).toEqual(['c', 'a', 'b', 'd', 'f']);
    for (const payload of ['g', 'h']) void run(payload); // no slot went to the one who had left
    await turn();
    expect(begun.slice(5)).toEqual(['g', 'h']);
  });

  it('does not begin what was given up before', async () => {
    const { run, begun } = rig(1);
    await expect(run('a', AbortSignal.abort('enough'))).rejects.toBe('enough');
    void run('b'); // nor does it keep a slot
    await turn();
    expect(begun).toEqual(['b']);
  });

  it("counts no time of a task's before it has a thread", async () => {
    const { pool, threads, run, counted } = rig(1);
    await pool.start();
    void run('a');
    void run('b');
    await turn();
    expect(counted.splice(0)).toEqual([['a', 60_000], ['b', 60_000], ['a', 0]]); // prettier-ignore
    threads[0]!.end();
    await turn();
    expect(counted).toEqual([['b', 0]]);
  });

  it('begins nothing that is not wanted any more, and keeps the thread for the next', async () => {
    const { threads, run } = rig(1);
    const late = new AbortController();
    const first = run('a', late.signal); // its thread has to be started
    await Promise.resolve();
    late.abort('too late');
    await expect(first).rejects.toBe('too late');
    void run('b');
    await turn();
    expect(ran(threads)).toEqual([['b']]);
  });

  it('gives nothing to a thread that has died while it was idle', async () => {
    const { pool, threads, run } = rig(1);
    await pool.start();
    threads[0]!.isDead = true;
    void run('a');
    await turn();
    expect(ran(threads)).toEqual([[], ['a']]);
    await pool.stop();
    expect(threads.map(({ stops }) => stops)).toEqual([0, 1]); // nor is it kept
  });

  it('says when no thread can be started, as a failure that will pass, and tries anew for the next', async () => {
    const { threads, run } = rig(1, [new Error('no database')]);
    await expect(run('a')).rejects.toMatchObject({ code: 'THREAD_DIED', retriable: true, message: expect.stringContaining('no database') }); // prettier-ignore
    void run('b');
    await turn();
    expect(ran(threads)).toEqual([[], ['b']]);
  });
});
