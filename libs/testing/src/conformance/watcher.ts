import type { AssignedPartition, IncomingRecord, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';

/** How long a scenario waits for what must come, on a slow machine with a real broker. */
const PATIENCE_MS = 30_000;

/** Notes all that a road delivers, and lets a test wait for it instead of sleeping. */
export class Watcher implements RoadReceiver {
  readonly records: IncomingRecord[] = [];
  readonly owned = new Map<string, AssignedPartition>();
  /** `+` assigned, `-` revoked, `!` lost, in the order they came. */
  readonly moves: string[] = [];
  /** How often a new generation was announced, also with no partition in it. */
  assignments = 0;
  /** What is awaited for each revocation. */
  drain: (partitions: readonly TopicPartition[]) => Promise<void> = () => Promise.resolve();
  /** Called with each loss. */
  lost: (partitions: readonly TopicPartition[]) => void = () => undefined;
  readonly #waiting = new Set<() => void>();

  onAssigned(partitions: readonly AssignedPartition[]): void {
    this.assignments++;
    for (const one of partitions) this.owned.set(nameOf(one), one);
    this.moves.push(...partitions.map((one) => `+${nameOf(one)}`));
    this.#changed();
  }

  onLost(partitions: readonly TopicPartition[]): void {
    this.#gone('!', partitions);
    this.lost(partitions);
  }

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    this.#gone('-', partitions);
    await this.drain(partitions);
  }

  #gone(sign: string, partitions: readonly TopicPartition[]): void {
    for (const one of partitions) this.owned.delete(nameOf(one));
    this.moves.push(...partitions.map((one) => `${sign}${nameOf(one)}`));
    this.#changed();
  }

  onRecords(records: readonly IncomingRecord[]): void {
    this.records.push(...records);
    this.#changed();
  }

  /** The values so far, as text. */
  get values(): (string | undefined)[] {
    return this.records.map(({ value }) => value?.toString());
  }

  /** The values of one partition so far. */
  valuesOf(partition: number): (string | undefined)[] {
    return this.records.filter((record) => record.partition === partition).map(({ value }) => value?.toString());
  }

  /** Resolves when `done` holds, looked at after every delivery. */
  until(done: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!done()) return;
        clearTimeout(timer);
        this.#waiting.delete(check);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(check);
        reject(
          new Error(`Waited ${PATIENCE_MS} ms for ${what}; got ${this.values.length} records, ${this.moves.join(' ')}`),
        );
      }, PATIENCE_MS);
      this.#waiting.add(check);
      check();
    });
  }

  count(n: number): Promise<void> {
    return this.until(() => this.records.length >= n, `${n} records`);
  }

  #changed(): void {
    for (const check of [...this.#waiting]) check();
  }
}

export function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
