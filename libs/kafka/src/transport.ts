import { ContractRegistry, topicOf } from '@sunbeon/core/contract';
import { Events } from '@sunbeon/core/events';
import { toHeaders } from '@sunbeon/core/headers';
import type { Binding, Codec, ConcurrencyLimits, ConsumerHealth, Lifecycle, Message, OutgoingRecord, RoadProducer, Transport } from '@sunbeon/core/ports'; // prettier-ignore
import { retryTiers } from '@sunbeon/core/policy';
import { inputSubject, outputSubject } from '@sunbeon/core/subjects';
import { type Contract, SunbeonError } from '@sunbeon/core';
import { Alone } from './alone.js';
import { systemClock } from './clock.js';
import { checkQueues, Concurrency } from './concurrency.js';
import { Consume } from './consume.js';
import { Control } from './control.js';
import { CONTROL_TOPIC, existingTiers, RESULTS_TOPIC, type Route, routeOf } from './names.js';
import { breakerOf, type ResolvedOptions, resolveOptions, type TransportOptions } from './options.js';
import { Produce } from './produce.js';
import { toResultRecord } from './results-record.js';
import type { SettleContext } from './settle.js';
import { ResultsReader } from './results.js';
import { Shadow } from './shadow.js';
import { planTopology, reconcileTopology } from './topology.js';
import { Wait } from './wait.js';

/** Tasks and events over Kafka: what `SunbeonModule.forRoot({ transport })` takes. */
export function kafkaTransport(options: TransportOptions): Transport {
  const resolved = resolveOptions(options);
  const events = options.events ?? options.road.events ?? new Events();
  return resolved.shadow === undefined
    ? new KafkaTransport(resolved, events)
    : new Shadow(resolved, events, resolved.shadow);
}

/** Assembles the rooms; it decides nothing itself. */
class KafkaTransport implements Transport {
  readonly codec: Codec;
  readonly results: ResultsReader;
  readonly #contracts: ContractRegistry;
  readonly #resultsTopic: string;
  readonly #concurrency: Concurrency;
  readonly #alone: Alone;
  #consumers: Consume[] = [];
  #waits: Wait[] = [];
  #control: Control | undefined;
  #producer: RoadProducer | undefined;
  #produce: Produce | undefined;
  #started: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #drained = false;

  constructor(
    private readonly options: ResolvedOptions,
    readonly events: Events,
  ) {
    this.codec = options.codec;
    this.#contracts = new ContractRegistry(options.contracts);
    this.#resultsTopic = options.prefix + RESULTS_TOPIC;
    this.#concurrency = new Concurrency(options.consume);
    this.#alone = new Alone(this.#concurrency.slots, systemClock);
    this.results = new ResultsReader({
      ...options,
      clock: systemClock,
      events,
      topic: this.#resultsTopic,
      options: options.results,
      random: Math.random,
    });
  }

  start(): Promise<void> {
    return (this.#started ??= this.#start());
  }

  async #start(): Promise<void> {
    const { road, codec, contracts } = this.options;
    await allEnded([this.#reconcile([]), ...contracts.flatMap(subjectsOf).map((subject) => codec.register(subject))]);
    this.#producer = await road.producer();
    this.#produce = new Produce(this.#producer, this.options.produce);
    await this.results.start();
  }

  async send(messages: readonly Message[]): Promise<void> {
    const produce = this.#running();
    const records = await Promise.all(messages.map((message) => this.#record(message)));
    for (const { envelope } of messages)
      if (envelope.replyTo === this.results.replyTo) this.results.expect(envelope.id);
    await produce.send(records);
  }

  /** Stop 2, write: the value in the contract's schema, the envelope as headers, on the contract's topic. */
  async #record({ contract, payload, envelope }: Message): Promise<OutgoingRecord> {
    const value = await this.codec.encode(inputSubject(contract), payload);
    return {
      topic: this.options.prefix + topicOf(contract),
      key: envelope.key ?? null,
      value,
      headers: toHeaders(envelope, this.codec.contentType),
    };
  }

  async noteQueued(messages: readonly Message[], payloadHash?: string): Promise<void> {
    const facts = { status: 'queued', ...(payloadHash === undefined ? {} : { payloadHash }) } as const;
    const records = messages.map(({ envelope, contract }) =>
      toResultRecord(this.#resultsTopic, { ...facts, envelope, label: contract.name, atMs: systemClock.now() }),
    );
    await this.#running().send(records);
  }

  async consume(bindings: readonly Binding[]): Promise<void> {
    this.#running();
    this.#checkQueues(bindings);
    await this.#reconcile(bindings);
    const topics = await (await this.options.road.admin()).listTopics();
    const produce = this.#running();
    const { road, source } = this.options;
    const topic = this.options.prefix + CONTROL_TOPIC;
    const control = new Control({ road, source, topic, produce, clock: systemClock, events: this.events, random: Math.random }); // prettier-ignore
    this.#control = control;
    const on = { produce, topics, control };
    const routes = Map.groupBy(bindings, ({ contract, group }) => routeOf(contract, group, this.options.prefix).base);
    for (const ofRoute of routes.values()) this.#assemble(ofRoute, on);
    await allEnded([control, ...this.#consumers, ...this.#waits].map((one) => one.start()));
  }

  health(): readonly ConsumerHealth[] {
    return this.#consumers.map((consumer) => consumer.health());
  }

  setConcurrency(limits: ConcurrencyLimits): void {
    this.#concurrency.set(limits);
  }

  async drain(): Promise<void> {
    await Promise.all([...this.#consumers, ...this.#waits].map((one: Lifecycle) => one.stop()));
    await this.#control?.stop(); // after what ran: its verdicts may have something to say
  }

  /** Readers first, then what they write with. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    await this.#started?.catch(() => undefined); // a start that failed has told its caller; what it opened is closed here
    await this.drain(); // handlers that run send follow-ups until they have ended
    this.#drained = true;
    await this.results.stop();
    await this.#produce?.drain();
    await this.#producer?.disconnect();
    await (await this.options.road.admin()).disconnect();
  }

  /** One consumer and one waiter for the handlers of one queue, or of one group on one event topic. */
  #assemble(
    bindings: readonly Binding[],
    on: { readonly produce: Produce; readonly topics: ReadonlyMap<string, number>; readonly control: Control },
  ): void {
    const [{ contract, group }] = bindings as [Binding];
    const route = routeOf(contract, group, this.options.prefix);
    const { produce, topics, control } = on;
    const resultsPartitions = topics.get(this.#resultsTopic) ?? 1;
    const shared = {
      ...this.options,
      events: this.events,
      clock: systemClock,
      random: Math.random,
      produce,
      options: this.options.consume,
    };
    const queue = routeOf(contract, group).base;
    const gate = control.queue(queue, breakerOf(this.options.consume, queue));
    const consumer = new Consume(route, {
      ...shared,
      slots: this.#concurrency.slots,
      alone: this.#alone,
      concurrency: this.#concurrency.of(queue),
      gate,
      contracts: this.#contracts,
      bindings: new Map(bindings.map((binding) => [binding.contract.name, binding])),
      send: (messages) => this.send(messages),
      settle: { ...this.#settleContext(route), resultsPartitions },
    });
    gate.whenOpen(() => consumer.next());
    this.#concurrency.add(queue, consumer.slots, bindings.map((binding) => binding.contract.name)); // prettier-ignore
    const declaredMs = bindings.flatMap(({ policy }) => retryTiers(policy));
    const tiersMs = [...new Set([...declaredMs, ...existingTiers(route.base, topics.keys())])].sort((a, b) => a - b);
    this.#consumers.push(consumer);
    this.#waits.push(new Wait(route, { ...shared, tiersMs }));
  }

  #checkQueues(bindings: readonly Binding[]): void {
    const here = bindings.map(({ contract, group }) => routeOf(contract, group).base);
    const all = this.options.contracts;
    const queues = [...new Set([...here, ...all.filter(({ kind }) => kind === 'task').map(topicOf)])];
    const eventTopics = all.filter(({ kind }) => kind === 'event').map(topicOf);
    checkQueues(Object.keys(this.options.consume.queues), { queues, eventTopics });
  }

  #settleContext(route: Route): Omit<SettleContext, 'resultsPartitions'> {
    const { source, codec } = this.options;
    return { route, resultsTopic: this.#resultsTopic, by: source, outputContentType: codec.contentType };
  }

  async #reconcile(bindings: readonly Binding[]): Promise<void> {
    const admin = await this.options.road.admin();
    const plan = await planTopology(admin, { contracts: this.options.contracts, bindings }, this.options);
    await reconcileTopology(admin, plan, this.options.topology);
  }

  #running(): Produce {
    if (this.#produce !== undefined && !this.#drained) return this.#produce;
    throw new SunbeonError('NOT_RUNNING', 'The transport was used before its start or after its stop.', {
      hint: 'Await start() first; in Nest, use it from onApplicationBootstrap on.',
    });
  }
}

function subjectsOf(contract: Contract): ReturnType<typeof inputSubject>[] {
  if (contract.kind === 'event' || contract.output === 'null') return [inputSubject(contract)];
  return [inputSubject(contract), outputSubject(contract)];
}

/** Like `Promise.all`, but nothing is still under way when it rejects: that would open connections behind the back of `stop`. */
async function allEnded(work: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
