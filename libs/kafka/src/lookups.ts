import type { IncomingRecord } from '@sunbeon/core/ports';

/** Reads the topic once for all these ids, from the given moment on. */
export type FindAll = (ids: ReadonlySet<string>, sinceMs: number) => Promise<ReadonlyMap<string, IncomingRecord>>;

interface Batch {
  readonly ids: Set<string>;
  sinceMs: number;
  readonly found: Promise<ReadonlyMap<string, IncomingRecord>>;
}

/**
 * Looks up many ids in one reading of the topic. At most one reading is under way; calls that come meanwhile share the next one,
 * so however many ask, it is one reader on the broker.
 */
export class Lookups {
  #next: Batch | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(private readonly findAll: FindAll) {}

  async find(id: string, sinceMs: number): Promise<IncomingRecord | undefined> {
    const batch = (this.#next ??= this.#open());
    batch.ids.add(id);
    batch.sinceMs = Math.min(batch.sinceMs, sinceMs);
    return (await batch.found).get(id);
  }

  #open(): Batch {
    const found = this.#last.then(() => {
      this.#next = undefined; // who asks from now on might ask for what this reading has already passed
      return this.findAll(batch.ids, batch.sinceMs);
    });
    this.#last = found.catch(() => undefined); // its callers are told; the next reading does not depend on it
    const batch: Batch = { ids: new Set(), sinceMs: Infinity, found };
    return batch;
  }
}
