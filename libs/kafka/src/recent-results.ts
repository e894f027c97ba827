import { HEADER, headerText } from '@sunbeon/core/headers';
import type { IncomingRecord } from '@sunbeon/core/ports';

/** The latest result record of each task, for a bounded number of tasks, and since when none is missing. */
export class RecentResults {
  readonly #records = new Map<string, IncomingRecord>();
  #bytes = 0;
  #completeSinceMs = Infinity;

  constructor(
    private readonly most: { readonly maxCached: number; readonly maxCachedBytes: number },
    private readonly onForgotten: (id: string) => void = () => undefined,
  ) {}

  get(id: string): IncomingRecord | undefined {
    return this.#records.get(id);
  }

  /** @returns the id, or undefined when the record tells nothing new. */
  add(record: IncomingRecord): string | undefined {
    const id = resultIdOf(record);
    if (id === undefined || !supersedes(record, this.#records.get(id))) return undefined;
    this.#remove(id); // to the end of the Map's order: the oldest result is the first to be forgotten
    this.#records.set(id, record);
    this.#bytes += sizeOf(record);
    const { maxCached, maxCachedBytes } = this.most;
    while (this.#records.size > maxCached || (this.#bytes > maxCachedBytes && this.#records.size > 1))
      this.#forgetOldest();
    return id;
  }

  /** All results written from this moment on are here, or will be. */
  completeSince(timeMs: number): void {
    this.#completeSinceMs = Math.max(timeMs, this.#completeSinceMs === Infinity ? 0 : this.#completeSinceMs);
  }

  /** Whether every result written since then is here, so that what is not here does not exist. */
  covers(sinceMs: number): boolean {
    return sinceMs >= this.#completeSinceMs;
  }

  #remove(id: string): void {
    const record = this.#records.get(id);
    if (record !== undefined && this.#records.delete(id)) this.#bytes -= sizeOf(record);
  }

  #forgetOldest(): void {
    const [id, record] = this.#records.entries().next().value!;
    this.#remove(id);
    this.onForgotten(id);
    this.#completeSinceMs = Math.max(this.#completeSinceMs, record.timestampMs + 1);
  }
}

/** A record's value, and about 500 bytes of key, headers and bookkeeping. */
function sizeOf(record: IncomingRecord): number {
  return (record.value?.length ?? 0) + 500;
}

/** The key of a result record; undefined for a record of another kind. */
export function resultIdOf(record: IncomingRecord): string | undefined {
  return headerText(record.headers, HEADER.status) === undefined ? undefined : record.key?.toString();
}

/** "Queued" is noted beside the send, not before it: it may come after a result, and tells nothing then. */
export function supersedes(record: IncomingRecord, known: IncomingRecord | undefined): boolean {
  return known === undefined || headerText(record.headers, HEADER.status) !== 'queued';
}
