import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterHandle, ClusterNode } from '@sunbeon/embedded';
import type { Fact } from '../checker/history.js';
import { Child, type End, type Role } from './child.js';
import type { Proxy } from './proxy.js';
import { Random } from './random.js';
import { Tail } from './tail.js';

const POLL_MS = 40;
/** Within this a consumer has drained and ended; one that has not is told as `undefined`. */
const STOP_MS = 30_000;

/** How the consumers and senders of a scenario are set up; see the options of the road and of the transport. */
export interface RigOptions {
  readonly name: string;
  /** Of the queue; default 6. */
  readonly partitions?: number;
  /** Handlers at once in each consumer; default 20. */
  readonly concurrency?: number;
  /** The least and the most that a handler takes, in milliseconds; default 20 to 60. */
  readonly handlerMs?: readonly [number, number];
  /** After so much silence a member is dead; default 3,000. */
  readonly sessionTimeoutMs?: number;
  readonly drainTimeoutMs?: number;
  readonly deliveryTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** Milliseconds between commits: default 10, which is below what a handler takes, so that a kill repeats no more than what runs. */
  readonly commitMs?: number;
  /** Default: as everywhere. 0 where a process dies whenever a certain message is settled: that is what a poisonous one looks like. */
  readonly maxDeliveries?: number;
  /** What is done about a failed message; default: tried once more after 500 ms, and its lane waits for it. */
  readonly policy?: PolicyOptions;
}

/** As a contract says it. */
export interface PolicyOptions {
  readonly delaysMs: readonly number[];
  readonly order?: 'key' | 'none';
  readonly hold?: false;
}

/** Around which write a consumer kills itself: see `child/mortal.mjs`. */
export interface Dies {
  readonly at: 'retry' | 'forward' | 'bury' | 'hold' | 'end';
  readonly when: 'before' | 'during' | 'after';
  /** From 1. */
  readonly nth: number;
}

export interface SenderOptions {
  /** Default: until it is terminated. */
  readonly count?: number;
  readonly perSecond: number;
  readonly keys?: number;
  /** Sends of one key under way at once; default 1: then a refused one is sent again in its place. */
  readonly window?: number;
  /** Also steps without a key, that fail once or are buried. Default false. */
  readonly strays?: boolean;
  /** Of the others, how many fail: at random 0 to 1, each so often as its id says, up to being buried. Default 0. */
  readonly failing?: number;
  /** False: none has a key. Default true. */
  readonly keyed?: boolean;
  /** Bytes added to every payload. */
  readonly paddingBytes?: number;
}

export const CONCURRENCY = 20;

const SENDER = { count: 1e9, keys: 60, window: 1, strays: false, failing: 0, keyed: true };

/** What a scenario works with: a cluster, consumers and senders as processes, and the history that they write. */
export class Rig {
  readonly random: Random;
  readonly tail: Tail;
  readonly consumers: Child[] = [];
  readonly #children: Child[] = [];
  #isOver = false;

  constructor(
    readonly options: RigOptions,
    private readonly on: { readonly folder: string; readonly seed: number; readonly cluster: ClusterHandle; readonly proxy: Proxy | undefined }, // prettier-ignore
  ) {
    this.random = new Random(on.seed);
    this.tail = new Tail(on.folder);
  }

  get nodes(): readonly ClusterNode[] {
    return this.on.cluster.nodes;
  }

  get proxy(): Proxy {
    return this.on.proxy!;
  }

  /** Starts consumers side by side; resolves when all have joined. */
  async startConsumers(count: number): Promise<Child[]> {
    const children = Array.from({ length: count }, () => this.#consumer());
    await Promise.all(children.map(({ ready }) => ready));
    return children;
  }

  /** Starts consumers that kill themselves, side by side; resolves when all are dead. @throws Error when one is not in time */
  async startDoomed(dies: readonly Dies[]): Promise<void> {
    const children = dies.map((one) => this.#consumer({ dies: one }));
    const isOver = (): boolean => children.every(({ isRunning }) => !isRunning);
    await this.until(isOver, `all are dead: ${dies.map(({ at, when }) => `${when} ${at}`).join(', ')}`, 40_000);
  }

  #consumer(more: object = {}): Child {
    const {
      concurrency = CONCURRENCY,
      maxDeliveries = 3,
      handlerMs = [20, 60],
      commitMs = 10,
      drainTimeoutMs = 10_000,
    } = this.options;
    // Who fails on purpose shall not have its queue paused.
    const consume = { concurrency, intervalMs: commitMs, drainTimeoutMs, maxDeliveries, breaker: false };
    const child = this.#start('consumer', { handlerMs, consume, ...more });
    this.consumers.push(child);
    return child;
  }

  async startConsumer(): Promise<Child> {
    return (await this.startConsumers(1))[0]!;
  }

  async startSender(options: SenderOptions): Promise<Child> {
    const { paddingBytes = 0, ...rest } = { ...SENDER, ...options };
    const told = { name: this.options.name, seed: this.on.seed, padding: 'x'.repeat(paddingBytes) };
    const child = this.#start('sender', { ...rest, ...told });
    await child.ready;
    return child;
  }

  /** Runs one of the small programs to its end. @throws Error with its output when it fails */
  async run(role: 'reader' | 'delete-topic'): Promise<void> {
    const child = this.#start(role, {});
    const end = await child.ended;
    if (end !== 0) throw new Error(`The ${role} failed (${end}):\n${child.output}`);
  }

  /** One of the consumers that have joined and run, by chance. */
  anyConsumer(): Child {
    return this.random.pick(this.consumers.filter((child) => child.isRunning && child.isReady));
  }

  /** What passes is part of the scenario: an outage, a pause between two faults. */
  async pass(ms: number): Promise<void> {
    await delay(ms);
  }

  /** Waits until so many messages have come to their end. @throws Error when nothing has moved for `patienceMs` */
  async untilDone(count: number, patienceMs = 40_000): Promise<void> {
    while (this.tail.done < count) {
      const before = this.tail.done;
      await this.until(() => this.tail.done > before, `more than ${before} of ${count} messages are done`, patienceMs);
    }
  }

  /** @throws Error when it does not come true in time */
  async until(condition: () => boolean, what: string, timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs;
    for (;;) {
      this.tail.read();
      if (condition()) return;
      if (this.#isOver || performance.now() > deadlineMs) {
        throw new Error(`Not within ${timeoutMs} ms: ${what} (done ${this.tail.done}, open ${this.tail.open})`);
      }
      await delay(POLL_MS);
    }
  }

  /**
   * Waits until the sender has ended and all that was acknowledged has come to its end, or nothing has moved for `patienceMs`: then
   * the checker says what is wrong. Stops the consumers; all must end by themselves with 0.
   */
  async finish(sender: Child, patienceMs = 30_000): Promise<void> {
    await sender.ended;
    let [done, movedMs] = [-1, performance.now()];
    for (;;) {
      this.tail.read();
      if (this.#isOver || this.tail.open === 0 || performance.now() - movedMs > patienceMs) break;
      if (this.tail.done > done) [done, movedMs] = [this.tail.done, performance.now()];
      await delay(POLL_MS);
    }
    const running = this.consumers.filter((child) => child.isRunning);
    const ends = await Promise.all(
      running.map((child) => Promise.race([child.terminate(), delay(STOP_MS, undefined, { ref: false })])),
    );
    if (ends.some((end) => end !== 0))
      throw new Error(
        `Consumers ended with ${ends.map((end) => end ?? 'nothing (SIGTERM, 30 s)').join(', ')} instead of 0`,
      );
    await this.run('reader');
  }

  /** Ends all processes at once. */
  async end(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#children.map((child) => child.kill()));
  }

  /** Adds a fact of the rig's own to the history. */
  note(fact: Fact): void {
    const stamp = { t: Number(process.hrtime.bigint()) / 1e6, at: Date.now(), pid: process.pid };
    appendFileSync(join(this.on.folder, 'rig.ndjson'), `${JSON.stringify({ ...stamp, ...fact })}\n`);
  }

  #start(role: Role, more: object): Child {
    if (this.#isOver) throw new Error(`The scenario is over: no ${role} is started any more`);
    const {
      sessionTimeoutMs = 3_000,
      requestTimeoutMs = 10_000,
      deliveryTimeoutMs = 10_000,
      partitions = 6,
      policy = { delaysMs: [500] },
    } = this.options;
    const heartbeatMs = Math.min(3_000, Math.ceil(sessionTimeoutMs / 10));
    const road = { sessionTimeoutMs, heartbeatMs, requestTimeoutMs };
    const base = { folder: this.on.folder, brokers: this.on.cluster.brokers, partitions, policy };
    const child = new Child(
      role,
      { ...base, road, produce: { deliveryTimeoutMs }, ...more },
      {
        froze: (kind, who) => this.note({ kind, who }),
        died: (who, end: End) => this.note({ kind: 'died', who, how: String(end) }),
      },
    );
    this.#children.push(child);
    return child;
  }
}
