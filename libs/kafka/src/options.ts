import type { BreakerOptions } from '@sunbeon/core/breaker';
import type { Middleware } from '@sunbeon/core/chain';
import { checkOneOf, checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Codec, Road } from '@sunbeon/core/ports';
import type { Attempt } from '@sunbeon/core/run';
import type { Contract } from '@sunbeon/core';
import type { Events } from '@sunbeon/core/events';
import { type BreakerChoice, resolveBreaker } from './breaker-options.js';
import type { ConcurrencyOptions } from './concurrency.js';
import type { ConsumeOptions } from './consume-options.js';
import { PRODUCE_DEFAULTS, PRODUCE_OPTIONS, type ProduceOptions } from './produce-options.js';
import { DEFAULT_PARTITIONS } from './admin.js';
import type { ResultsOptions } from './results.js';
import { type ResolvedShadow, resolveShadow, type ShadowOptions } from './shadow-options.js';

export interface TransportOptions {
  /** The Kafka client, for example `kafkaRoad({ brokers: ['localhost:9092'] })`. */
  readonly road: Road;
  readonly codec: Codec;
  readonly contracts: readonly Contract[];
  /** The application's name: the source of what it sends, and who ran an attempt. */
  readonly source?: string;
  /** Before every topic and group: several deployments on one cluster. */
  readonly prefix?: string;
  /** `apply` creates missing topics at start; `verify` refuses to start without them. */
  readonly topology?: 'apply' | 'verify';
  /** Partitions of topics that are created. */
  readonly partitions?: number;
  readonly consume?: Partial<ConsumeOptions & ConcurrencyOptions & PauseOptions>;
  readonly produce?: ProduceOptions;
  readonly results?: Partial<ResultsOptions>;
  /** Default: the road's, so that who listens hears of its clients too. */
  readonly events?: Events;
  /** Around every handler, the first outermost. */
  readonly middlewares?: readonly Middleware<Attempt>[];
  /** Instead of consuming: runs messages of the past, compares, and settles nothing. `shadow.ended` on the events has the report. */
  readonly shadow?: ShadowOptions | undefined;
}

export interface PauseOptions {
  /** When a queue is paused instead of filling its DLQ: of all queues that do not say otherwise. */
  readonly breaker: BreakerChoice;
}

const KNOWN: readonly (keyof TransportOptions)[] = [
  'road', 'codec', 'contracts', 'source', 'prefix', 'topology', 'partitions', 'consume', 'produce', 'results', 'events',
  'middlewares', 'shadow',
]; // prettier-ignore

/** Defaults of the consumer: the reasons are beside the numbers. */
const CONSUME: ConsumeOptions & ConcurrencyOptions & PauseOptions = {
  concurrency: 100, // handlers mostly wait for something else; CPU-bound ones want fewer
  maxWaiting: 10_000, // so many pile up behind a slow lane before its partition is paused; of 1 KB each they are 20 MB
  maxWaitingBytes: 32 * 1024 * 1024,
  intervalMs: 500, // what a kill -9 repeats, against the broker's work
  everyRecords: 100, // with what runs, as many as a kill repeats; one commit is under way at a time
  drainTimeoutMs: 25_000, // below Kubernetes' terminationGracePeriodSeconds of 30
  maxDeliveries: 3, // one says that something ends processes, one which few it may be, one which it is
  queues: {},
  breaker: {}, // on: its numbers are in breaker-options.ts
};

/** What a commit has room for. */
const MOST_DELIVERIES = 15;

const RESULTS: ResultsOptions = {
  follow: 'own',
  maxCached: 100_000,
  maxCachedBytes: 64 * 1024 * 1024,
  rememberMs: 24 * 3_600_000,
};

export interface ResolvedOptions extends Required<
  Omit<TransportOptions, 'consume' | 'produce' | 'results' | 'events' | 'shadow'>
> {
  readonly consume: ConsumeOptions & ConcurrencyOptions & PauseOptions;
  readonly produce: Required<ProduceOptions>;
  readonly results: ResultsOptions;
  readonly shadow: ResolvedShadow | undefined;
}

/** Defaults, then checks, once. @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function resolveOptions(options: TransportOptions): ResolvedOptions {
  refuseUnknownOptions(options, KNOWN, 'kafkaTransport');
  refuseUnknownOptions(options.consume ?? {}, Object.keys(CONSUME), 'kafkaTransport: consume');
  refuseUnknownOptions(options.results ?? {}, Object.keys(RESULTS), 'kafkaTransport: results');
  refuseUnknownOptions(options.produce ?? {}, PRODUCE_OPTIONS, 'kafkaTransport: produce');
  const consume = { ...CONSUME, ...options.consume };
  const produce = { ...PRODUCE_DEFAULTS, ...options.produce };
  const results = { ...RESULTS, ...options.results };
  const { partitions = DEFAULT_PARTITIONS, topology = 'apply', prefix = '' } = options;
  check({ consume, produce, results, partitions, topology, prefix });
  return {
    road: options.road,
    codec: options.codec,
    contracts: options.contracts,
    source: options.source ?? 'sunbeon',
    prefix,
    topology,
    partitions,
    consume,
    produce,
    middlewares: options.middlewares ?? [],
    results,
    shadow: options.shadow && resolveShadow(options.shadow),
  };
}

function check(
  of: Pick<ResolvedOptions, 'consume' | 'produce' | 'results' | 'partitions' | 'topology' | 'prefix'>,
): void {
  const { queues, breaker, maxDeliveries, ...counts } = of.consume;
  const general = resolveBreaker(breaker, 'consume.breaker');
  const { whenFull, maxLingerMs, ...sizes } = of.produce;
  const { follow, ...numbers } = of.results;
  const all = { ...counts, ...ofQueues(queues, general), ...sizes, ...numbers, partitions: of.partitions };
  for (const [name, value] of Object.entries(all)) {
    checkWhole(`kafkaTransport: ${name}`, value, { least: 1 });
  }
  if (!Number.isInteger(maxDeliveries) || maxDeliveries < 0 || maxDeliveries > MOST_DELIVERIES)
    throw invalidOption('kafkaTransport: consume.maxDeliveries', maxDeliveries, `Give a whole number from 0 (nobody counts) to ${MOST_DELIVERIES}.`); // prettier-ignore
  checkOneOf('kafkaTransport: produce.whenFull', whenFull, ['wait', 'fail']);
  if (!Number.isInteger(maxLingerMs) || maxLingerMs < 0 || maxLingerMs > 5)
    throw invalidOption('kafkaTransport: produce.maxLingerMs', maxLingerMs, 'Give a whole number from 0 to 5.');
  checkOneOf('kafkaTransport: topology', of.topology, ['apply', 'verify']);
  checkOneOf('kafkaTransport: results.follow', follow, ['own', 'all', 'none']);
  // Kafka's characters; 60 of them, as `checkTopic` in core's contract.ts leaves for prefix, group and retry.
  if (!/^[\w.-]{0,60}$/.test(of.prefix))
    throw invalidOption('kafkaTransport: prefix', of.prefix, 'Use 60 letters, digits, ".", "_" and "-" at most.');
}

/** @returns the numbers that are still to be checked */
function ofQueues(queues: ConcurrencyOptions['queues'], general: BreakerOptions | false): Record<string, number> {
  const entries = Object.entries(queues).flatMap(([queue, options]) => {
    const where = `consume.queues["${queue}"]`;
    refuseUnknownOptions(options, ['concurrency', 'breaker'], `kafkaTransport: ${where}`);
    resolveBreaker(options.breaker, `${where}.breaker`, general);
    return options.concurrency === undefined ? [] : [[`${where}.concurrency`, options.concurrency] as const];
  });
  return Object.fromEntries(entries);
}

/** The breaker of one queue, named without the prefix. */
export function breakerOf({ breaker, queues }: ResolvedOptions['consume'], queue: string): BreakerOptions | false {
  const general = resolveBreaker(breaker, 'consume.breaker');
  return resolveBreaker(queues[queue]?.breaker, `consume.queues["${queue}"].breaker`, general);
}
