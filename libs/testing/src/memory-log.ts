import { SunbeonError } from '@sunbeon/core/errors';
import type { HeaderValue, RecordHeaders } from '@sunbeon/core/headers';
import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { partitionOf } from './murmur2.js';

/** The topics of the memory road: what the brokers of a cluster hold. */
export class MemoryLog {
  readonly topics = new Map<string, IncomingRecord[][]>();
  readonly #listeners = new Set<() => void>();
  #turn = 0;

  constructor(private readonly nowMs: () => number) {}

  create(topic: string, partitions: number): boolean {
    if (this.topics.has(topic)) return false;
    this.topics.set(
      topic,
      Array.from({ length: partitions }, () => []),
    );
    return true;
  }

  /** @throws SunbeonError `TOPIC_MISSING` */
  partitionsOf(topic: string): IncomingRecord[][] {
    const partitions = this.topics.get(topic);
    if (partitions !== undefined) return partitions;
    throw new SunbeonError('TOPIC_MISSING', `"${topic}": no such topic.`, {
      hint: 'Create it first.',
      facts: { topic },
    });
  }

  /** All or nothing: an unknown topic writes none of them. */
  append(records: readonly OutgoingRecord[]): void {
    for (const { topic } of records) this.partitionsOf(topic);
    const loose = this.#turn++;
    for (const record of records) this.#append(record, loose);
    for (const listener of this.#listeners) listener();
  }

  /** Calls back, synchronously, after every append. @returns a function that ends it. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #append(record: OutgoingRecord, loose: number): void {
    const partitions = this.partitionsOf(record.topic);
    const key = record.key === null ? null : Buffer.from(record.key);
    const chosen = key === null ? loose % partitions.length : partitionOf(key, partitions.length);
    const partition = record.partition ?? chosen;
    const log = partitions[partition];
    if (log === undefined) {
      throw new SunbeonError('SEND_FAILED', `"${record.topic}" has no partition ${partition}.`, {
        facts: { topic: record.topic, partition },
      });
    }
    const value = record.value === null ? null : Buffer.from(record.value);
    const headers = asRead(record.headers);
    log.push({ topic: record.topic, partition, offset: log.length, key, value, headers, timestampMs: this.nowMs() });
  }
}

/** Headers as a reader gets them: bytes, a list only where a name stands more than once. */
function asRead(headers: RecordHeaders): RecordHeaders {
  const result: Record<string, Buffer | Buffer[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const all = (Array.isArray(value) ? value : [value]) as (HeaderValue | null)[];
    const bytes = all.map((one) => Buffer.from((one ?? '') as string));
    if (bytes.length === 0) continue;
    const read = bytes.length === 1 ? bytes[0]! : bytes;
    // Not an assignment: a header may be named `__proto__`.
    Object.defineProperty(result, name, { value: read, enumerable: true, configurable: true, writable: true });
  }
  return result;
}
