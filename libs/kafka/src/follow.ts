import type { IncomingRecord, Road, RoadReader } from '@sunbeon/core/ports';

/** Reads a topic's partitions for ever, and knows how far it has come. */
export class Follow {
  /** Next offset to read, by partition. */
  readonly #positions = new Map<number, number>();
  readonly #waiting = new Set<{ ends: ReadonlyMap<number, number>; resolve: () => void }>();
  #reader: RoadReader | undefined;
  #stopped = false;

  constructor(
    private readonly road: Road,
    private readonly topic: string,
    private readonly onRecord: (record: IncomingRecord) => void,
  ) {}

  /** Resolves when reading has begun at the positions given. */
  async start(from: ReadonlyMap<number, number>): Promise<void> {
    for (const [partition, offset] of from) this.#positions.set(partition, offset);
    this.#reader = await this.road.reader({ topic: this.topic, from });
    await this.#reader.run((records) => this.#received(records));
  }

  /** Resolves when all that is on the followed partitions at the time of the call has been read, or when it is stopped. */
  async caughtUp(): Promise<void> {
    const offsets = await (await this.road.admin()).offsets(this.topic);
    const ends = new Map(offsets.map(({ partition, high }) => [partition, high]));
    if (!this.#stopped && this.#isBehind(ends))
      await new Promise<void>((resolve) => this.#waiting.add({ ends, resolve }));
  }

  async stop(): Promise<void> {
    this.#stopped = true; // nothing is read any more: who asks from now on would wait for ever
    for (const { resolve } of this.#waiting) resolve();
    await this.#reader?.disconnect();
  }

  #isBehind(ends: ReadonlyMap<number, number>): boolean {
    return [...this.#positions].some(([partition, position]) => position < (ends.get(partition) ?? 0));
  }

  #received(records: readonly IncomingRecord[]): void {
    for (const record of records) {
      this.onRecord(record);
      this.#positions.set(record.partition, record.offset + 1);
    }
    for (const waiter of this.#waiting) {
      if (this.#isBehind(waiter.ends)) continue;
      this.#waiting.delete(waiter);
      waiter.resolve();
    }
  }
}
