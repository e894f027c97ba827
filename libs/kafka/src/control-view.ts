import { randomUUIDv7 } from 'node:crypto';
import { type Circuit, CLOSED, type QueuePause } from '@sunbeon/core/breaker';
import type { IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import { audited } from './audit.js';
import { systemClock } from './clock.js';
import {
  circuitRecord,
  parseKey,
  pauseOf,
  readCircuit,
  readWish,
  RELEASED,
  type Wish,
  wishRecord,
} from './control-records.js';
import { CONTROL_TOPIC } from './names.js';
import { Produce } from './produce.js';
import { scan } from './scan.js';
import { controlSpec, operatorTopics } from './topology.js';

/** Who wants what, and why. */
export interface Request {
  readonly by: string;
  readonly reason: string;
  /** In milliseconds since the epoch. */
  readonly atMs: number;
}

interface Known {
  circuit: Circuit;
  wish: Wish;
}

/** Queues that are remembered: whatever somebody writes onto the topic, it is not more. */
const MAX_QUEUES = 10_000;

/** What the control topic says, for people: it reads on from where it was when there is something new. */
export class ControlView {
  readonly #queues = new Map<string, Known>();
  /** The next offset to read. */
  #next = 0;
  #reading: Promise<void> | undefined;

  readonly #topic: string;

  /** @param prefix the deployment's */
  constructor(
    private readonly road: Road,
    private readonly prefix: string,
  ) {
    this.#topic = prefix + CONTROL_TOPIC;
  }

  /** Those of the queues (named without the prefix) of which nothing begins. */
  async paused(queues: readonly string[]): Promise<QueuePause[]> {
    await this.#read();
    return queues.flatMap(
      (queue) => pauseOf(queue, this.#queues.get(queue) ?? { circuit: CLOSED, wish: RELEASED }) ?? [],
    );
  }

  /** @throws SunbeonError see `Transport.send` */
  async pause(queues: readonly string[], request: Request): Promise<void> {
    await this.#act('pause', { queues, ...request }, (queue) => [
      wishRecord(this.#topic, queue, { state: 'paused', ...request }),
    ]);
  }

  /** Ends what people and breakers have said. @throws SunbeonError see `Transport.send` */
  async resume(queues: readonly string[], request: Request): Promise<void> {
    await this.#read();
    await this.#act('resume', { queues, ...request }, (queue) => this.#release(queue, request));
  }

  #release(queue: string, request: Request): OutgoingRecord[] {
    const { by, reason, atMs } = request;
    const { circuit } = this.#queues.get(queue) ?? { circuit: CLOSED };
    const closed = { ...CLOSED, epoch: circuit.epoch + 1, sinceMs: atMs, untilMs: atMs, by, reason };
    return [
      wishRecord(this.#topic, queue, { state: 'released', ...request }),
      ...(circuit.state === 'closed' ? [] : [circuitRecord(this.#topic, queue, closed)]),
    ];
  }

  async #act(
    verb: 'pause' | 'resume',
    { queues, by, reason }: Pick<Request, 'by' | 'reason'> & { readonly queues: readonly string[] },
    recordsOf: (queue: string) => readonly OutgoingRecord[],
  ): Promise<void> {
    await (await this.road.admin()).createTopics([controlSpec(this.#topic), ...operatorTopics(this.prefix)]);
    const producer = await this.road.producer();
    const produce = new Produce(producer);
    const head = { act: randomUUIDv7(), verb, by, what: { source: queues.join(', '), reason } };
    try {
      await audited({ produce, clock: systemClock, prefix: this.prefix }, head, async () => {
        await produce.send(queues.flatMap(recordsOf));
        return { result: undefined, counts: { queues: queues.length } };
      });
    } finally {
      await producer.disconnect();
    }
  }

  #read(): Promise<void> {
    return (this.#reading ??= this.#readOn().finally(() => (this.#reading = undefined)));
  }

  async #readOn(): Promise<void> {
    const admin = await this.road.admin();
    if (!(await admin.listTopics()).has(this.#topic)) return;
    const high = (await admin.offsets(this.#topic)).find(({ partition }) => partition === 0)?.high ?? 0;
    if (high < this.#next) this.#forgetAll(); // deleted and made again
    if (high === this.#next) return;
    await scan(this.road, { topic: this.#topic, partitions: [0], from: new Map([[0, this.#next]]) }, (record) =>
      this.#note(record),
    );
    this.#next = high;
  }

  #note({ key, value }: IncomingRecord): void {
    const about = parseKey(key);
    if (about === undefined) return;
    const known = this.#queues.get(about.queue) ?? { circuit: CLOSED, wish: RELEASED };
    if (about.of === 'person') known.wish = orNothing(() => readWish(value), RELEASED);
    else known.circuit = orNothing(() => readCircuit(value), CLOSED);
    if (this.#queues.has(about.queue) || this.#queues.size < MAX_QUEUES) this.#queues.set(about.queue, known);
  }

  #forgetAll(): void {
    this.#queues.clear();
    this.#next = 0;
  }
}

/** A record that makes no sense holds nothing, here as in a consumer. */
function orNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch (error) {
    if (toFailure(error).code !== 'RECORD_UNREADABLE') throw error;
    return nothing;
  }
}
