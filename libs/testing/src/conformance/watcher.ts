import type { IncomingRecord, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';

/** How long a scenario waits for what must come, on a slow machine with a real broker. */
const PATIENCE_MS = 30_000;

/** Notes all that a road delivers, and lets a test wait for it instead of sleeping. */
export class Watcher implements RoadReceiver {
  readonly records: IncomingRecord[] = [];
  readonly owned = new Map<string, TopicPartition>();
  /** `+` assigned, `-` revoked, in the order they came. */
  readonly moves: string[] = [];
  /** How often a new generation was announced, also with no partition in it. */
  assignments = 0;
  readonly #waiting = new Set<() => void>();

  onAssigned(partitions: readonly TopicPartition[]): void {
    this.assignments++;
    for (const one of partitions) this.owned.set(nameOf(one), one);
    this.moves.push(...partitions.map((one) => `+${nameOf(one)}`));
    this.#changed();
  }

  onLost(): void {}

  async onRevoked(partitions: readonly TopicPartition[]): Promise<void> {
    for (const one of partitions) this.owned.delete(nameOf(one));
    this.moves.push(...partitions.map((one) => `-${nameOf(one)}`));
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
