import { type Contract, defineEvent, defineTask, SunbeonError } from '@sunbeon/core';
import { ContractRegistry } from '@sunbeon/core/contract';
import { Events, type SunbeonEvents } from '@sunbeon/core/events';
import type { Binding, Codec, IncomingRecord, OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { Slots } from '@sunbeon/core/slots';
import { FakeClock, memoryRoad } from '@sunbeon/testing';
import { Alone } from './alone.js';
import type { AttemptDependencies } from './attempt.js';
import type { ConsumeOptions } from './consume-options.js';
import type { Gate } from './gate.js';
import { retryTopic, routeOf } from './names.js';
import { Produce } from './produce.js';
import { policyOf } from '@sunbeon/core/policy';

export const ADD = defineTask({
  name: 'math.add',
  queue: 'math',
  input: 'double',
  output: 'double',
  retry: { delaysMs: [1_000, 60_000] },
  hold: false, // lanes that wait for a failed message have specs of their own
});
export const FLOWN = defineEvent({ name: 'flown', schema: 'string' });
export const RESULTS = 'sunbeon.results';

/** Values as JSON; a value that begins with `!` says what the codec shall throw. */
export const CODEC: Codec = {
  contentType: 'application/json',
  register: () => Promise.resolve(),
  fromJson: (_, json) => json,
  asRead: (_, value) => JSON.parse(JSON.stringify(value)) as unknown,
  encode: (_, value) => Promise.resolve(Buffer.from(JSON.stringify(value))),
  decode: (_, value) => CODEC.decodeAny(value),
  decodeAny: async (value) => {
    const text = value.toString();
    if (text === '!away') throw new SunbeonError('REGISTRY_UNAVAILABLE', 'The registry is away.');
    if (text === '!broken') throw new SunbeonError('RECORD_UNREADABLE', 'The bytes are no value.');
    return JSON.parse(text) as unknown;
  },
};

export function bindingOf(contract: Contract, handle: Binding['handle'], over: Partial<Binding> = {}): Binding {
  const policy =
    contract.kind === 'task'
      ? contract.policy
      : policyOf({ retry: { delaysMs: [] }, recordOutcomes: false }, {}, 'test');
  return { contract, group: undefined, policy, where: 'Test.handle', handle, ...over };
}

export function incoming(over: Partial<IncomingRecord> = {}): IncomingRecord {
  const base = { topic: 'math', partition: 0, offset: 0, key: null, value: Buffer.from('1'), headers: {} };
  return { ...base, timestampMs: 1_000, ...over };
}

export function outgoing(value: string, over: Partial<OutgoingRecord> = {}): OutgoingRecord {
  return { topic: 'math', key: null, value: Buffer.from(value), headers: {}, ...over };
}

/** Waits in turns of the event loop, for what must come without time passing. */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 5_000; turn++) {
    if (holds()) return;
    await new Promise((resume) => setImmediate(resume));
  }
  throw new Error(`It did not happen: ${what}`);
}

/** Lets time pass in small steps, and what each of them starts come to its end: no timer overtakes work that needs no time. */
export async function pass(clock: FakeClock, ms: number): Promise<void> {
  const endMs = clock.now() + ms;
  for (;;) {
    for (let turn = 0; turn < 12; turn++) await new Promise((resume) => setImmediate(resume));
    const left = endMs - clock.now();
    if (left === 0) return;
    await clock.advance(Math.min(left, 100));
  }
}

/** Stops what may need its drain timeout for it. */
export async function ended(clock: FakeClock, what: { stop(): Promise<void> }): Promise<void> {
  await Promise.all([what.stop(), pass(clock, 10_000)]);
}

/** Notes the events of the names given. */
export function listen<K extends keyof SunbeonEvents>(events: Events, ...names: K[]): [K, SunbeonEvents[K]][] {
  const heard: [K, SunbeonEvents[K]][] = [];
  for (const name of names) events.on(name, (facts) => void heard.push([name, facts]));
  return heard;
}

/** A cluster in memory with the topics of {@link ADD}, and what the rooms over it need. */
export async function buildRig({
  partitions = 1,
  contract = ADD as Contract,
  group = undefined as string | undefined,
} = {}) {
  const clock = new FakeClock();
  const route = routeOf(contract, group);
  const names = [
    route.topic,
    route.again,
    route.dlq,
    route.held,
    ...[1_000, 60_000].map((delay) => retryTopic(route.base, delay)),
  ];
  const topics = Object.fromEntries([...names.map((name) => [name, partitions] as const), [RESULTS, partitions]]);
  const road = memoryRoad({ topics, clock });
  const producer = await road.producer();
  const produce = new Produce(producer);
  const events = new Events();
  const { admin } = road;
  const committed = async (of = route.group, topic = route.topic): Promise<(number | undefined)[]> =>
    (await (await admin()).committed(of, topic)).map(({ offset }) => offset);
  return { clock, route, road, producer, produce, events, committed };
}

export type Rig = Awaited<ReturnType<typeof buildRig>>;

export const CONSUME: ConsumeOptions = {
  maxWaiting: 100,
  maxWaitingBytes: 1_000_000,
  intervalMs: 500,
  everyRecords: 1_000,
  drainTimeoutMs: 5_000,
  maxDeliveries: 0, // where it is not looked at, a record begins as it comes, and only what finished is committed
};

/** Of a consumer that nobody controls. */
const OPEN_GATE: Gate = Object.freeze({
  paused: undefined,
  mayBegin: () => true,
  began: () => undefined,
  judged: () => undefined,
  ended: () => undefined,
  whenOpen: () => undefined,
});

/** What a `Consume` on the rig needs for these handlers. */
export function consumeDependencies(
  rig: Rig,
  bindings: readonly Binding[],
  { concurrency = 10, ...options }: Partial<ConsumeOptions> & { readonly concurrency?: number } = {},
) {
  const { clock, road, produce, events, route } = rig;
  const settle = {
    route,
    resultsTopic: RESULTS,
    resultsPartitions: 8,
    by: 'test',
    outputContentType: CODEC.contentType,
  };
  const attempt: AttemptDependencies = {
    ...{ codec: CODEC, events, clock, produce, source: 'test', settle, random: () => 0.5, gate: OPEN_GATE },
    send: () => Promise.resolve(),
  };
  const slots = new Slots(concurrency);
  return {
    ...attempt,
    road,
    contracts: new ContractRegistry(bindings.map(({ contract }) => contract)),
    bindings: new Map(bindings.map((binding) => [binding.contract.name, binding])),
    slots,
    alone: new Alone(slots, clock),
    concurrency: undefined,
    options: { ...CONSUME, ...options },
  };
}

/** A producer that answers when told. */
export class SlowProducer implements RoadProducer {
  readonly requests: (readonly OutgoingRecord[])[] = [];
  readonly #answers: ((error?: unknown) => void)[] = [];

  send(records: readonly OutgoingRecord[]): Promise<void> {
    this.requests.push(records);
    return new Promise((resolve, reject) =>
      this.#answers.push((error) => (error === undefined ? resolve() : reject(error as Error))),
    );
  }

  /** Answers the oldest request. */
  answer(error?: unknown): void {
    this.#answers.shift()!(error);
  }

  get open(): number {
    return this.#answers.length;
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }
}
