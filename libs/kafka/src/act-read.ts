import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import type { Positions } from './journal-entry.js';
import { sizeOf } from './record-size.js';
import { scan, scanBatches } from './scan.js';

/** `skip`: meant, but nothing is to be done; `leave`: not meant. */
export type Judgement = 'take' | 'skip' | 'leave';

/** What an act reads before it acts on it. */
export interface Load {
  /** In the order of each partition. */
  readonly records: readonly IncomingRecord[];
  /** Records that were meant and need nothing done to them. */
  readonly skipped: number;
  /** Where the next load begins. */
  readonly next: Positions;
}

/** The records of a topic that were there when an act began. */
export interface Span {
  readonly source: string;
  readonly from: Positions;
  readonly ends: Positions;
}

export interface LoadOptions extends Span {
  /** Of one load: no more is held in memory, besides one fetch. */
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Records come with these alone; undefined = all. */
  readonly headers: readonly string[] | undefined;
  judge(record: IncomingRecord): Judgement;
  /** Nothing more is read until it is done with. */
  onLoad(load: Load): Promise<void>;
  /** After each fetch, with how far it is. */
  onRead(positions: Positions): void;
}

/** Of a record in memory, besides its bytes. */
const OVERHEAD = 1_000;

/** Reads a span to its end, in loads that fit into memory. The last one goes up to the end, and may be empty. */
export async function readLoads(road: Road, options: LoadOptions): Promise<void> {
  const { source: topic, from, ends, headers } = options;
  const pile = new Pile(options);
  const range = { topic, partitions: [...ends.keys()], from, to: ends, headers };
  await scanBatches(road, range, async (records) => {
    for (const record of records) if (pile.add(record)) await options.onLoad(pile.take());
    options.onRead(pile.next);
  });
  await options.onLoad({ ...pile.take(), next: ends });
}

/** Shows each record of a span, with these headers alone, and holds none. */
export function look(
  road: Road,
  { source: topic, from, ends, headers }: Span & { readonly headers: readonly string[] },
  see: (record: IncomingRecord) => void,
): Promise<void> {
  return scan(road, { topic, partitions: [...ends.keys()], from, to: ends, headers }, see);
}

/** The load that is being gathered. */
class Pile {
  readonly #next: Map<number, number>;
  #records: IncomingRecord[] = [];
  #bytes = 0;
  #skipped = 0;

  constructor(private readonly options: LoadOptions) {
    this.#next = new Map(options.from);
  }

  get next(): Positions {
    return this.#next;
  }

  /** @returns whether it is full */
  add(record: IncomingRecord): boolean {
    this.#next.set(record.partition, record.offset + 1);
    const judgement = this.options.judge(record);
    if (judgement === 'skip') this.#skipped++;
    if (judgement !== 'take') return false;
    this.#records.push(record);
    this.#bytes += sizeOf(record) + OVERHEAD;
    return this.#records.length >= this.options.maxRecords || this.#bytes >= this.options.maxBytes;
  }

  take(): Load {
    const load = { records: this.#records, skipped: this.#skipped, next: new Map(this.#next) };
    [this.#records, this.#bytes, this.#skipped] = [[], 0, 0];
    return load;
  }
}
