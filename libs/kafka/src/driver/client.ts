import kafkajs, { type Admin, type Consumer, type ConsumerConfig, type Kafka, type KafkaConfig, type logCreator, type LogEntry, type RetryOptions } from 'kafkajs'; // prettier-ignore
import type { Clock } from '@sunbeon/core/ports';
import { systemClock } from '../clock.js';
import { registerCodecs } from '../codecs.js';
import { patchKafkajs } from '../patches.js';
import { type Cluster, clusterOf } from './cluster.js';
import type { KafkaRoadOptions } from './options.js';
import { CLIENT_ENDED, Sockets } from './sockets.js';

/** The options with every default filled in: what the parts of the driver share. */
export interface DriverContext extends KafkaRoadOptions {
  readonly maxWaitMs: number;
  readonly heartbeatMs: number;
  readonly sessionTimeoutMs: number;
  readonly stallTimeoutMs: number;
  readonly maxRequestBytes: number;
  readonly replicationFactor: number;
  readonly clock: Clock;
  /** Says `client.warned`. */
  warn(message: string): void;
  // Each is of a fresh kafkajs client, whose sockets end with it; clients of one instance would share a cache of committed offsets.
  admin(retry?: RetryOptions): Admin;
  consumer(config: ConsumerConfig): Consumer;
  /** As much of a client as a producer needs. */
  cluster(retry?: RetryOptions): Cluster;
  /** False: kafkajs is not the version whose answers a producer understands. */
  readonly answers: boolean;
  /** False: kafkajs is not the version whose group internals the consumer relies on. */
  readonly joinHooks: boolean;
  /** False: no consumer can have an `instanceId`. */
  readonly staticMembership: boolean;
  /** True: produce requests are written by our own encoder. */
  readonly recordBatch: boolean;
}

/**
 * Inside one request only; outlasting a broker that is away is the business of the producer's own retries and of the
 * supervisor. Small, because kafkajs nests its retries (a send retries a metadata refresh that retries a connect).
 */
const CLIENT_RETRY: RetryOptions = { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 };

const REPEAT_MS = 10_000;
const REMEMBERED = 100;

/** The same line at most once in 10 s: with a broker away, every client of the process says it many times a second. */
function seldom(clock: Clock, say: (message: string) => void): (message: string) => void {
  const saidMs = new Map<string, number>();
  return (message) => {
    const last = saidMs.get(message);
    if (last !== undefined && clock.now() - last < REPEAT_MS) return;
    if (saidMs.size >= REMEMBERED) saidMs.clear();
    saidMs.set(message, clock.now());
    say(message);
  };
}

export function createContext(options: KafkaRoadOptions): DriverContext {
  const clock = options.clock ?? systemClock;
  const warn = seldom(clock, (message) => options.events?.emit('client.warned', { client: options.clientId, message }));
  registerCodecs(kafkajs.CompressionCodecs as Record<number, unknown>);
  const patched = patchKafkajs(options.patches ?? {}, warn);
  const clientOf = <T extends Disconnected>(make: (kafka: Kafka, sockets: Sockets) => T, retry = CLIENT_RETRY): T => {
    const sockets = new Sockets();
    return endedWith(sockets, make(createClient(options, { warn, retry, sockets }), sockets));
  };
  return {
    maxWaitMs: options.patches?.wakeablePause === false ? 100 : 500,
    heartbeatMs: 3_000,
    sessionTimeoutMs: 30_000,
    stallTimeoutMs: 60_000,
    maxRequestBytes: 1_000_000,
    replicationFactor: -1,
    ...options,
    clock,
    warn,
    ...patched,
    admin: (retry) => clientOf((kafka) => kafka.admin(), retry),
    consumer: (config) => clientOf((kafka, sockets) => consumerOf(kafka, config, sockets)),
    cluster: (retry) => clientOf(clusterOf, retry),
  };
}

/** One that crashes has disconnected by itself, and never begins again: see member.ts. */
function consumerOf(kafka: Kafka, config: ConsumerConfig, sockets: Sockets): Consumer {
  const consumer = kafka.consumer(config);
  consumer.on(consumer.events.CRASH, () => sockets.end());
  return consumer;
}

interface Disconnected {
  disconnect(): Promise<void>;
}

/** Once it is disconnected, whatever becomes of that. */
function endedWith<T extends Disconnected>(sockets: Sockets, client: T): T {
  const disconnect = client.disconnect.bind(client);
  client.disconnect = () => disconnect().finally(() => sockets.end());
  return client;
}

interface Surroundings {
  readonly warn: (message: string) => void;
  readonly retry: RetryOptions;
  readonly sockets: Sockets;
}

function createClient(options: KafkaRoadOptions, { warn, retry, sockets }: Surroundings): Kafka {
  const { ssl, sasl } = options;
  return new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: options.clientId,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl: sasl as NonNullable<KafkaConfig['sasl']> }),
    connectionTimeout: options.connectionTimeoutMs ?? 3_000,
    requestTimeout: options.requestTimeoutMs ?? 30_000,
    retry,
    socketFactory: sockets.factory,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: eventLogger(warn),
  });
}

/**
 * Lines that report what the driver answers for in another way.
 * - Crash / Restarting: come as `client.failed`.
 * - Rebalancing, re-joining: the ordinary life of a group; comes as revoked and assigned partitions.
 * - Response without match: the late answer to a request that has timed out and was reported then.
 * - Its client has ended: our own doing, see sockets.ts.
 * - A coordinator that loads or a group that rebalances: kafkajs asks again, and what fails for good comes as an error.
 */
const WAIT_AND_ASK_AGAIN = /coordinator is loading|group is rebalancing|rejoin is needed/;
const REPORTED_ELSEWHERE =
  /^(Crash: |Restarting the consumer|The group is rebalancing|The coordinator is not aware of this member|Response without match)/;

function eventLogger(warn: (message: string) => void): logCreator {
  return () =>
    ({ namespace, log }: LogEntry) => {
      if (REPORTED_ELSEWHERE.test(log.message) || log.message.endsWith(CLIENT_ENDED)) return;
      const { broker, error, groupId, topic } = log as Record<string, unknown>;
      if (WAIT_AND_ASK_AGAIN.test(String(error))) return;
      const facts = Object.entries({ broker, groupId, topic, error: error instanceof Error ? error.message : error })
        .filter(([, value]) => typeof value === 'string' && value !== '')
        .map(([name, value]) => `${name}=${String(value)}`);
      warn([`kafkajs ${namespace}: ${log.message}`, ...facts].join(' '));
    };
}
