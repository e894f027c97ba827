import { checkBoolean, checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Order } from './act-order.js';
import { matcher } from './dlq-filter.js';

/** What of the past is run again to be compared. By time, or by offsets of one partition; with neither, all that is there. */
export interface ShadowOptions {
  /** A queue; for events `<topic>.<group>`. Without the prefix. */
  readonly queue: string;
  /** Milliseconds since the epoch; the record's own timestamp decides. */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly partition?: number;
  /** The first offset; with `partition`. */
  readonly from?: number;
  /** One past the last; with `partition`. */
  readonly to?: number;
  /** Only messages of this contract, with this key, with this id. */
  readonly contract?: string;
  readonly key?: string;
  readonly id?: string;
  /** Messages that are run, 100,000 at most: of each, what became of it is held in memory, in less than 1 KB. */
  readonly maxRecords?: number;
  /** Handlers at once. */
  readonly concurrency?: number;
  /** Messages a second at most. */
  readonly rate?: number;
  /** Only counts. */
  readonly dryRun?: boolean;
}

export type ResolvedShadow = ShadowOptions & Required<Pick<ShadowOptions, 'maxRecords' | 'concurrency' | 'dryRun'>>;

const WHERE = 'kafkaTransport: shadow';
/** Least and most of each number. */
const NUMBERS = {
  sinceMs: [0, Number.MAX_SAFE_INTEGER],
  untilMs: [0, Number.MAX_SAFE_INTEGER],
  partition: [0, 2 ** 31 - 1],
  from: [0, Number.MAX_SAFE_INTEGER],
  to: [0, Number.MAX_SAFE_INTEGER],
  maxRecords: [1, 100_000],
  concurrency: [1, 10_000],
  rate: [1, 1_000_000],
} as const;
const TEXTS = ['contract', 'key', 'id'] as const;
const KNOWN = ['queue', ...TEXTS, 'dryRun', ...Object.keys(NUMBERS)];

/** Defaults, then checks. @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function resolveShadow(options: ShadowOptions): ResolvedShadow {
  refuseUnknownOptions(options, KNOWN, WHERE);
  // Ten at once: production's handlers run beside it, against the same databases.
  const resolved = { maxRecords: 10_000, concurrency: 10, dryRun: false, ...options };
  for (const [name, [least, most]] of Object.entries(NUMBERS)) {
    const value = resolved[name as keyof typeof NUMBERS];
    if (value !== undefined) checkWhole(`${WHERE}.${name}`, value, { least, most });
  }
  for (const name of ['queue', ...TEXTS] as const) {
    const value: unknown = resolved[name];
    if (typeof value !== 'string' && (name === 'queue' || value !== undefined)) throw invalidOption(`${WHERE}.${name}`, value, 'Give a text.'); // prettier-ignore
  }
  checkBoolean(`${WHERE}.dryRun`, resolved.dryRun);
  if (resolved.partition === undefined && (resolved.from ?? resolved.to) !== undefined)
    throw invalidOption(`${WHERE}.partition`, undefined, 'Offsets are of one partition: say of which.');
  matcher(filterOf(resolved));
  return resolved;
}

/** Which records are meant: as for a rerun, so that each message is run once. */
export function orderOf(shadow: ResolvedShadow, source: string): Order {
  const { sinceMs, untilMs, partition, from, to } = shadow;
  const range = Object.fromEntries(Object.entries({ sinceMs, untilMs, partition, from, to }).filter(given));
  return { verb: 'rerun', source, target: null, range, filter: filterOf(shadow) };
}

function filterOf({ contract, key, id }: ShadowOptions): NonNullable<Order['filter']> {
  return Object.fromEntries(Object.entries({ contract, key, id }).filter(given));
}

function given([, value]: readonly [string, unknown]): boolean {
  return value !== undefined;
}
