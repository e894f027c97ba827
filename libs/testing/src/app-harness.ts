import { type INestApplicationContext, Module, type Provider } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Contract } from '@sunbeon/core';
import type { Middleware } from '@sunbeon/core/chain';
import { Events, type SunbeonEvents } from '@sunbeon/core/events';
import type { Road, Transport } from '@sunbeon/core/ports';
import type { Attempt } from '@sunbeon/core/run';
import { Admin, type Buried, kafkaRoad, kafkaTransport, readBuried, type TransportOptions } from '@sunbeon/kafka';
import { EventPublisher, SunbeonModule, type SunbeonOptions, Tasks } from '@sunbeon/nest';
import { avroCodec } from '@sunbeon/schema';
import { testCluster, type TestCluster } from './kafka-harness.js';

export interface TestAppOptions {
  readonly contracts: readonly Contract[];
  /** Classes with `@Handles` and `@Subscribes`, and what they need. None: the app only sends. */
  readonly handlers?: readonly Provider[];
  /** Default: a fresh {@link testCluster}. Give one to let several apps meet. */
  readonly cluster?: TestCluster;
  readonly consume?: TransportOptions['consume'];
  readonly middlewares?: readonly Middleware<Attempt>[];
  /** Where handlers with `isolate: 'thread'` run. */
  readonly threads?: SunbeonOptions['threads'];
  /** What the deployment says otherwise than contracts and handlers. */
  readonly policies?: SunbeonOptions['policies'];
  /** Who is told. */
  readonly notify?: SunbeonOptions['notify'];
  /** Instead of consuming. */
  readonly shadow?: TransportOptions['shadow'];
  /** Of new topics. Default 2: the least that can go wrong. */
  readonly partitions?: number;
}

/** A Nest application on the run's Kafka and registry. */
export interface TestApp extends AsyncDisposable {
  readonly app: INestApplicationContext;
  readonly tasks: Tasks;
  readonly publisher: EventPublisher;
  /** What the transport says about itself. */
  readonly events: Events;
  readonly admin: Admin;
  readonly road: Road;
  readonly transport: Transport;
  readonly cluster: TestCluster;
  /** Of a shadow: what it has come to. */
  readonly shadowed: Promise<SunbeonEvents['shadow.ended']>;
  /** What lies in the DLQs: of one queue or event topic, or of all. */
  buried(queue?: string): Promise<Buried[]>;
  /** Drains and closes; more calls give the same promise. */
  stop(): Promise<void>;
}

/** Quicker than in production: a test waits for all of these. */
const QUICK = { intervalMs: 50, drainTimeoutMs: 5_000 };
const HEARTBEAT_MS = 300;

/** Starts it, and resolves when every consumer has joined. Use with `await using`. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const { contracts, handlers = [], cluster = testCluster(), partitions = 2, middlewares = [] } = options;
  const { brokers, registryUrl, prefix } = cluster;
  const events = new Events();
  const assigned = whenAssigned(events);
  const shadowed = new Promise<SunbeonEvents['shadow.ended']>((resolve) => events.on('shadow.ended', resolve));
  const road = kafkaRoad({ brokers, clientId: prefix, heartbeatMs: HEARTBEAT_MS, events });
  const consume = { ...QUICK, ...options.consume };
  const { threads, policies, notify, shadow } = options;
  const module = { ...(threads && { threads }), ...(policies && { policies }), ...(notify && { notify }) };
  const codec = avroCodec({ registryUrl, subjectPrefix: prefix });
  const transport = kafkaTransport({
    road,
    codec,
    contracts,
    prefix,
    partitions,
    consume,
    middlewares,
    events,
    shadow,
  });

  @Module({
    imports: [SunbeonModule.forRoot({ transport, contracts, log: false, ...module })],
    providers: [...handlers],
  })
  class TestModule {}

  const app = await NestFactory.createApplicationContext(TestModule, { logger: false, abortOnError: false });
  await assigned(transport.health().map(({ group }) => group));
  const admin = new Admin({ road, contracts, prefix, partitions });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= app.close());
  return {
    app,
    tasks: app.get(Tasks),
    publisher: app.get(EventPublisher),
    events,
    admin,
    road,
    transport,
    cluster,
    shadowed,
    buried: (queue) => buriedIn(road, admin, queue),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Notes assignments from now on; the function given back waits until all these groups have had one. */
function whenAssigned(events: Events): (groups: readonly string[]) => Promise<void> {
  const waiting = new Map<string, PromiseWithResolvers<void>>();
  const of = (group: string): PromiseWithResolvers<void> => {
    const known = waiting.get(group) ?? Promise.withResolvers<void>();
    waiting.set(group, known);
    return known;
  };
  events.on('partitions.assigned', ({ group }) => of(group).resolve());
  return async (groups) => void (await Promise.all(groups.map((group) => of(group).promise)));
}

async function buriedIn(road: Road, admin: Admin, queue: string | undefined): Promise<Buried[]> {
  const found: Buried[] = [];
  await readBuried(road, await admin.deadLetterQueues(queue), (buried) => void found.push(buried));
  return found;
}
