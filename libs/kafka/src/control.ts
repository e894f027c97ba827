import { randomUUID } from 'node:crypto';
import { type BreakerOptions, CLOSED } from '@sunbeon/core/breaker';
import type { Events } from '@sunbeon/core/events';
import type { Clock, IncomingRecord, Lifecycle, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import {
  circuitRecord,
  type ControlKey,
  keyText,
  parseKey,
  readCircuit,
  readWish,
  RELEASED,
} from './control-records.js';
import { QueueControl } from './control-queue.js';
import { Follow } from './follow.js';
import type { Produce } from './produce.js';
import { pause } from './writer.js';

export interface ControlDependencies {
  readonly road: Road;
  readonly clock: Clock;
  readonly events: Events;
  readonly produce: Produce;
  readonly topic: string;
  /** The application's name. */
  readonly source: string;
  /** In [0, 1). */
  readonly random: () => number;
}

/** A start waits so long for what holds; then the work begins without it. */
const KNOWN_MS = 10_000;
const AGAIN_MS = 5_000;

/**
 * The control topic as this process reads and writes it: compacted, so it is read from its beginning at the start, and followed
 * from then on. Whatever is wrong with it is said in `control.failed` and stops no work. In memory is what it says of the queues
 * of this process, nothing else.
 */
export class Control implements Lifecycle {
  readonly #queues = new Map<string, QueueControl>();
  /** The last record of each key that is not acknowledged yet. */
  readonly #unwritten = new Map<string, OutgoingRecord>();
  readonly #ended = new AbortController();
  readonly #by: string;
  readonly #spread: number;
  #follow: Follow | undefined;
  #started: Promise<void> | undefined;
  #reading: Promise<void> = Promise.resolve();

  constructor(private readonly deps: ControlDependencies) {
    this.#by = `${deps.source}/${randomUUID().slice(0, 8)}`;
    this.#spread = deps.random();
  }

  /** A queue that is consumed here. Call before the start. */
  queue(queue: string, breaker: BreakerOptions | false): QueueControl {
    const { clock, events, topic } = this.deps;
    const control = new QueueControl({
      ...{ queue, breaker, clock, events, by: this.#by, spread: this.#spread },
      tell: (circuit) => this.#write(circuitRecord(topic, queue, circuit)),
    });
    this.#queues.set(queue, control);
    return control;
  }

  /** Resolves when all that holds has been read, or cannot be. Never rejects. */
  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    const late = Promise.withResolvers<void>();
    const cancel = this.deps.clock.after(KNOWN_MS, late.resolve);
    this.#reading = this.#read();
    await Promise.race([this.#reading, late.promise]);
    cancel();
    for (const queue of this.#queues.values()) queue.known();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    for (const queue of this.#queues.values()) queue.stop();
    await this.#follow?.stop();
    await this.#reading;
  }

  async #read(): Promise<void> {
    await this.#untilDone(() => this.#begin());
    await this.#untilDone(() => this.#follow!.caughtUp());
  }

  /** From then on the road's reader keeps itself alive. */
  async #begin(): Promise<void> {
    const { road, topic } = this.deps;
    const offsets = await (await road.admin()).offsets(topic);
    if (this.#ended.signal.aborted) return;
    const follow = (this.#follow = new Follow(road, topic, (record) => this.#received(record)));
    const low = offsets.find(({ partition }) => partition === 0)?.low ?? 0;
    await follow.start(new Map([[0, low]])).catch(async (error: unknown) => {
      await follow.stop();
      throw error;
    });
  }

  async #untilDone(step: () => Promise<void>): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      try {
        return await step();
      } catch (error) {
        this.#failed(error);
      }
      await pause(this.deps.clock, AGAIN_MS, signal);
    }
  }

  #received({ key, value, partition }: IncomingRecord): void {
    const about = partition === 0 ? parseKey(key) : undefined;
    const queue = about && this.#queues.get(about.queue);
    if (queue !== undefined) this.#heard(queue, about!, value);
  }

  /** What makes no sense holds nothing: whoever reads it only, or what was there before too, must come to the same. */
  #heard(queue: QueueControl, about: ControlKey, value: Buffer | null): void {
    if (about.of === 'person') return queue.readWish(this.#orNothing(() => readWish(value), RELEASED));
    const circuit = this.#orNothing(() => readCircuit(value), CLOSED);
    if (circuit.by !== this.#by) this.#unwritten.delete(keyText(about)); // somebody else's word is newer than ours
    queue.readCircuit(circuit);
  }

  #orNothing<T>(read: () => T, nothing: T): T {
    try {
      return read();
    } catch (error) {
      this.#failed(error);
      return nothing;
    }
  }

  /** The latest word on a key until it is acknowledged, or somebody else has said another one. */
  #write(record: OutgoingRecord): void {
    const key = String(record.key);
    const isWriting = this.#unwritten.has(key);
    this.#unwritten.set(key, record);
    if (!isWriting) void this.#writeOut(key);
  }

  async #writeOut(key: string): Promise<void> {
    const { signal } = this.#ended;
    for (let record; (record = this.#unwritten.get(key)) !== undefined && !signal.aborted;) {
      try {
        await this.deps.produce.send([record], { whenFull: 'wait' });
        if (this.#unwritten.get(key) === record) this.#unwritten.delete(key);
      } catch (error) {
        this.#failed(error);
        await pause(this.deps.clock, AGAIN_MS, signal);
      }
    }
  }

  #failed(error: unknown): void {
    if (this.#ended.signal.aborted) return;
    this.deps.events.emit('control.failed', { topic: this.deps.topic, error: toFailure(error) });
  }
}
