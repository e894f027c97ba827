import { Fifo } from '@sunbeon/core/fifo';
import type { OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { sizeOf } from './record-size.js';

export interface ProduceOptions {
  /** Records that wait for the broker, in bytes; a call beyond it waits until there is room. */
  readonly maxBufferBytes?: number;
  /** One request carries at most this: below the broker's limit for one batch (1 MiB), whatever the partitions are. */
  readonly maxBatchBytes?: number;
  /** A single record's key, value and headers. */
  readonly maxRecordBytes?: number;
}

interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Kafka's default `max.message.bytes` is 1,048,588; the rest is for record framing. */
const MAX_BATCH_BYTES = 900 * 1024;
const MAX_RECORD_BYTES = 2 * 1024 * 1024 - 16 * 1024;

/**
 * Turns single calls into few large requests: what is sent while a request is under way leaves with the next one. Calls are
 * written in the order they were made, and a bad call (unknown topic, oversized record) fails alone.
 */
export class Produce {
  readonly #maxBufferBytes: number;
  readonly #maxBatchBytes: number;
  readonly #maxRecordBytes: number;
  /** Calls that have room and leave with the next request. */
  readonly #waiting = new Fifo<Call>();
  /** Calls that have none yet. */
  readonly #blocked = new Fifo<Call>();
  #bufferedBytes = 0;
  #flushing: Promise<void> | undefined;

  constructor(
    private readonly producer: RoadProducer,
    options: ProduceOptions = {},
  ) {
    this.#maxBufferBytes = options.maxBufferBytes ?? 32 * 1024 * 1024;
    this.#maxBatchBytes = options.maxBatchBytes ?? MAX_BATCH_BYTES;
    this.#maxRecordBytes = options.maxRecordBytes ?? MAX_RECORD_BYTES;
  }

  /** Resolves when all in-sync replicas have all records. @throws SunbeonError `RECORD_TOO_LARGE`, `TOPIC_MISSING`, `SEND_FAILED`, `BROKER_UNREACHABLE` */
  async send(records: readonly OutgoingRecord[]): Promise<void> {
    if (records.length === 0) return;
    const bytes = this.#measure(records);
    return new Promise((resolve, reject) => {
      this.#blocked.push({ records, bytes, resolve, reject });
      this.#admit();
    });
  }

  /** Resolves when all that was accepted is acknowledged or refused. */
  async drain(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  /** Gives room to those who asked first. All in one step: a call made meanwhile cannot overtake one that waited. */
  #admit(): void {
    while (this.#blocked.first !== undefined && this.#fits(this.#blocked.first.bytes)) {
      const call = this.#blocked.shift()!;
      this.#bufferedBytes += call.bytes;
      this.#waiting.push(call);
    }
    if (this.#waiting.length > 0) this.#flushing ??= this.#flush();
  }

  /** A call that is larger than the whole buffer goes alone. */
  #fits(bytes: number): boolean {
    return this.#bufferedBytes === 0 || this.#bufferedBytes + bytes <= this.#maxBufferBytes;
  }

  #measure(records: readonly OutgoingRecord[]): number {
    let total = 0;
    for (const record of records) {
      const bytes = sizeOf(record);
      if (bytes > this.#maxRecordBytes) throw tooLarge(record.topic, bytes, this.#maxRecordBytes);
      total += bytes;
    }
    return total;
  }

  async #flush(): Promise<void> {
    // One turn of the event loop gathers the calls of the same moment into the first batch.
    await new Promise((resume) => setImmediate(resume));
    while (this.#waiting.length > 0) await this.#sendBatch(this.#nextBatch());
    this.#flushing = undefined;
  }

  #nextBatch(): Call[] {
    const calls: Call[] = [];
    let bytes = 0;
    for (let call = this.#waiting.first; call !== undefined; call = this.#waiting.first) {
      if (calls.length > 0 && bytes + call.bytes > this.#maxBatchBytes) break;
      bytes += call.bytes;
      calls.push(this.#waiting.shift()!);
    }
    return calls;
  }

  async #sendBatch(calls: Call[]): Promise<void> {
    try {
      await this.#write(calls.flatMap((call) => call.records));
      for (const call of calls) call.resolve();
    } catch (error) {
      // One call's fault must not fail its neighbours: only what is sure to fail again for all of them fails all of them.
      const mayBeOneCall = error instanceof SunbeonError && !error.retriable && calls.length > 1;
      if (mayBeOneCall) for (const call of calls) await this.#sendBatch([call]);
      else for (const call of calls) call.reject(error);
      if (mayBeOneCall) return;
    }
    this.#release(calls);
  }

  /** A call larger than a batch (thousands of records at once) is written in slices, in order. */
  async #write(records: readonly OutgoingRecord[]): Promise<void> {
    let slice: OutgoingRecord[] = [];
    let bytes = 0;
    for (const record of records) {
      const size = sizeOf(record);
      if (slice.length > 0 && bytes + size > this.#maxBatchBytes) {
        await this.producer.send(slice);
        [slice, bytes] = [[], 0];
      }
      slice.push(record);
      bytes += size;
    }
    await this.producer.send(slice);
  }

  #release(calls: readonly Call[]): void {
    for (const call of calls) this.#bufferedBytes -= call.bytes;
    this.#admit();
  }
}

function tooLarge(topic: string, bytes: number, limit: number): SunbeonError {
  return new SunbeonError('RECORD_TOO_LARGE', `A record for ${topic} has ${bytes} bytes; the limit is ${limit}.`, {
    hint: 'Send a reference to the data (a path, an object key) instead of the data.',
    facts: { topic, bytes, limit },
  });
}
