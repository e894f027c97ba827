import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Clock } from '@sunbeon/core/ports';
import type { Cluster, ProduceToBroker } from './cluster.js';
import { after, type Left, type RoutedMessage, Sender } from './sender.js';
import { TryLimit } from './try-limit.js';

const PARTITIONS = 4;
const NODES = 3;

/** What becomes of one request; without a mishap it is answered. */
type Mishap = 'refused' | 'answer lost' | 'one partition refused' | 'slow' | 'leader moves';

interface Written {
  readonly firstSequence: number;
  readonly values: readonly string[];
}

/** Logs that number batches as brokers do: a repetition is acknowledged and not written, a gap is refused. */
class Brokers {
  readonly logs = Array.from({ length: PARTITIONS }, (): Written[] => []);
  readonly #leaders = Array.from({ length: PARTITIONS }, (_, partition) => partition % NODES);

  constructor(private readonly mishaps: (Mishap | undefined)[]) {}

  get cluster(): Cluster {
    const nothing = () => Promise.resolve();
    const known = {
      connect: nothing,
      disconnect: nothing,
      refreshMetadata: nothing,
      refreshMetadataIfNecessary: nothing,
    };
    return {
      ...known,
      isConnected: () => true,
      targetTopics: new Set(),
      addMultipleTargetTopics: nothing,
      removeBroker: () => undefined,
      findTopicPartitionMetadata: () => this.#leaders.map((leader, partitionId) => ({ partitionId, leader })),
      findControllerBroker: () => Promise.resolve(this.#node(0)),
      findBroker: ({ nodeId }) => Promise.resolve(this.#node(Number(nodeId))),
    };
  }

  #node(id: number) {
    return {
      disconnect: () => Promise.resolve(),
      initProducerId: () => Promise.resolve({ producerId: '1', producerEpoch: 0 }),
      produce: (request: ProduceToBroker) => this.#produce(id, request),
    };
  }

  async #produce(node: number, { topicData }: ProduceToBroker) {
    const mishap = this.mishaps.shift();
    if (mishap === 'refused') throw passing();
    if (mishap === 'slow') for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    if (mishap === 'leader moves') this.#leaders.push(this.#leaders.shift()!);
    for (const batch of topicData[0]!.partitions) batch.requests++;
    const partitions = topicData[0]!.partitions.map((batch, index) => {
      const isRefused = this.#leaders[batch.partition] !== node || (mishap === 'one partition refused' && index === 0);
      return { partition: batch.partition, errorCode: isRefused ? 6 : this.#append(batch) };
    });
    if (mishap === 'answer lost') throw passing();
    return { topics: [{ topicName: 't', partitions }] };
  }

  #append({ partition, firstSequence, messages }: ProduceToBroker['topicData'][0]['partitions'][0]): number {
    const log = this.logs[partition]!;
    if (log.some((written) => written.firstSequence === firstSequence)) return 0;
    const last = log.at(-1);
    if (firstSequence !== (last === undefined ? 0 : last.firstSequence + last.values.length)) return 45;
    log.push({ firstSequence, values: messages.map(({ value }) => String(value)) });
    return 0;
  }
}

const passing = () => Object.assign(new Error('the connection is gone'), { name: 'KafkaJSConnectionClosedError', retriable: true }); // prettier-ignore
const clock = { now: () => 0, after: (_: number, resume: () => void) => setImmediate(resume) } as unknown as Clock;

function message(value: string, partition: number): RoutedMessage {
  const record = { topic: 't', key: null, value: Buffer.from(value), headers: {}, partition };
  return { record, ...record, spread: undefined };
}

function summary({ messages, error, isInDoubt }: Left) {
  return { values: messages.map(({ value }) => String(value)), type: (error as { type?: string }).type, isInDoubt };
}

const mishap = fc.option(
  fc.constantFrom<Mishap>('refused', 'answer lost', 'one partition refused', 'slow', 'leader moves'),
  { nil: undefined, freq: 2 },
);
const sends = fc.array(fc.array(fc.nat(PARTITIONS - 1), { minLength: 1, maxLength: 8 }), { maxLength: 5 });

it('whatever happens to its requests, each record of a send that succeeds lies in its partition once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(sends, fc.array(mishap, { maxLength: 12 }), async (all, mishaps) => {
      const brokers = new Brokers(mishaps);
      const sender = new Sender(brokers.cluster, { compression: 0, clock });
      await sender.connect();
      const wanted = Array.from({ length: PARTITIONS }, (): string[] => []);
      for (const [n, partitions] of all.entries()) {
        const messages = partitions.map((partition, index) => message(`${n}-${index}`, partition));
        messages.forEach(({ value, partition }) => wanted[partition!]!.push(String(value)));
        const left = await sender.send(messages);
        if (left.length === 0) continue;
        // It gave up: what is not left is written, what is left without doubt is not.
        const lies = new Set(brokers.logs.flat().flatMap(({ values }) => values));
        for (const { value } of messages) {
          const part = left.find((one) => one.messages.some((message) => message.value === value));
          if (part === undefined || !part.isInDoubt) expect(lies.has(String(value))).toBe(part === undefined);
        }
        return;
      }
      expect(brokers.logs.map((log) => log.flatMap(({ values }) => values))).toEqual(wanted);
    }),
    { numRuns: 300 },
  );
});

it('names the records that a refusal leaves unwritten, and no other', async () => {
  const brokers = new Brokers([]);
  const { cluster } = brokers;
  const refusing: Cluster = {
    ...cluster,
    findBroker: async (of) => {
      const broker = await cluster.findBroker(of);
      const produce = async (request: ProduceToBroker) => {
        if (of.nodeId !== '1') return broker.produce(request);
        return { topics: [{ topicName: 't', partitions: [{ partition: 1, errorCode: 10 }] }] };
      };
      return { ...broker, produce };
    },
  };
  const sender = new Sender(refusing, { compression: 0, clock });
  await sender.connect();
  const left = await sender.send([message('a', 0), message('b', 1), message('c', 2)]);
  expect(left.map(summary)).toEqual([{ values: ['b'], type: 'MESSAGE_TOO_LARGE', isInDoubt: false }]);
});

it.each([
  { answer: 'a repetition that is too old to know its offset', codes: [46], requests: 1 },
  { answer: 'nothing about the partition', codes: [undefined, 0], requests: 2 },
  { answer: 'that somebody else leads', codes: [6, 0], requests: 2 },
])('a broker that answers $answer is asked $requests times', async ({ codes, requests }) => {
  const { cluster } = new Brokers([]);
  let asked = 0;
  const produce = () => {
    const errorCode = codes[asked++];
    const partitions = errorCode === undefined ? [] : [{ partition: 0, errorCode }];
    return Promise.resolve({ topics: [{ topicName: 't', partitions }] });
  };
  const broker = { ...(await cluster.findControllerBroker()), produce };
  const sender = new Sender({ ...cluster, findBroker: () => Promise.resolve(broker) }, { compression: 0, clock });
  await sender.connect();
  expect(await sender.send([message('a', 0)])).toEqual([]);
  expect(asked).toBe(requests);
});

it('a refusal for good does not end the tries of the others', async () => {
  const { cluster } = new Brokers([]);
  const codes = [[10, 6], [0]];
  const produce = ({ topicData }: ProduceToBroker) => {
    const now = codes.shift()!;
    const partitions = topicData[0]!.partitions.map(({ partition }, index) => ({ partition, errorCode: now[index]! }));
    return Promise.resolve({ topics: [{ topicName: 't', partitions }] });
  };
  const broker = { ...(await cluster.findControllerBroker()), produce };
  const oneNode = { ...cluster, findTopicPartitionMetadata: () => [0, 1].map((partitionId) => ({ partitionId, leader: 0 })) }; // prettier-ignore
  const sender = new Sender({ ...oneNode, findBroker: () => Promise.resolve(broker) }, { compression: 0, clock });
  await sender.connect();
  const left = await sender.send([message('a', 0), message('b', 1)]);
  expect(left.map(summary)).toEqual([{ values: ['a'], type: 'MESSAGE_TOO_LARGE', isInDoubt: false }]);
  expect(codes).toEqual([]);
});

it('a connection that was closed is forgotten', async () => {
  const forgotten: object[] = [];
  const { cluster } = new Brokers([]);
  const closed = Object.assign(passing(), { host: 'a', port: 1 });
  let isOpen = false;
  const findBroker: Cluster['findBroker'] = async (of) => {
    const broker = await cluster.findBroker(of);
    if (isOpen) return broker;
    isOpen = true;
    return { ...broker, produce: () => Promise.reject(closed) };
  };
  const sender = new Sender(
    { ...cluster, findBroker, removeBroker: (of) => forgotten.push(of) },
    { compression: 0, clock },
  );
  await sender.connect();
  await sender.send([message('a', 0)]);
  expect(forgotten).toEqual([{ host: 'a', port: 1 }]);
});

it('a connection on which no answer comes is closed', async () => {
  const { cluster } = new Brokers([]);
  let hungUp = 0;
  const slow = Object.assign(new Error('timed out'), { name: 'KafkaJSRequestTimeoutError', retriable: true });
  const findBroker: Cluster['findBroker'] = async (of) => {
    const broker = await cluster.findBroker(of);
    const produce = hungUp > 0 ? broker.produce : () => Promise.reject(slow);
    return { ...broker, produce, disconnect: () => Promise.resolve(void hungUp++) };
  };
  const sender = new Sender({ ...cluster, findBroker }, { compression: 0, clock });
  await sender.connect();
  expect(await sender.send([message('a', 0)])).toEqual([]);
  expect(hungUp).toBe(1);
});

it('what was written into a request and not answered stays in doubt, also when metadata then say that there is no such topic', async () => {
  const { cluster } = new Brokers(['answer lost']);
  let isGone = false;
  const missing = Object.assign(new Error('gone'), { type: 'UNKNOWN_TOPIC_OR_PARTITION', retriable: false });
  const refreshMetadata = () => ((isGone = true), Promise.resolve());
  const refreshMetadataIfNecessary = () => (isGone ? Promise.reject(missing) : Promise.resolve());
  const sender = new Sender({ ...cluster, refreshMetadata, refreshMetadataIfNecessary }, { compression: 0, clock });
  await sender.connect();
  expect((await sender.send([message('a', 0)])).map(summary)).toEqual([{ values: ['a'], type: undefined, isInDoubt: true }]); // prettier-ignore
});

it.each([
  { code: 20, isInDoubt: true },
  { code: 7, isInDoubt: true },
  { code: 19, isInDoubt: false },
])('answers of code $code until the end leave records in doubt: $isInDoubt', async ({ code, isInDoubt }) => {
  const { cluster } = new Brokers([]);
  const produce = () => Promise.resolve({ topics: [{ topicName: 't', partitions: [{ partition: 0, errorCode: code }] }] }); // prettier-ignore
  const broker = { ...(await cluster.findControllerBroker()), produce };
  const sender = new Sender({ ...cluster, findBroker: () => Promise.resolve(broker) }, { compression: 0, clock });
  await sender.connect();
  expect(await sender.send([message('a', 0)])).toMatchObject([{ isInDoubt }]);
});

it('a refresh asks for the topics of the send alone: one that is gone fails it for no other', async () => {
  const { cluster } = new Brokers(['refused']);
  const own = { ...cluster, targetTopics: new Set(['gone']) };
  const sender = new Sender(own, { compression: 0, clock });
  await sender.connect();
  own.targetTopics = new Set(['gone', 't']);
  await sender.send([message('a', 0)]);
  expect([...own.targetTopics]).toEqual(['t']);
});

it('a named partition that its topic does not have is given up soon, with how to mend it, and the others are written', async () => {
  const brokers = new Brokers([]);
  let waits = 0;
  const counting: Clock = { ...clock, after: (delayMs, fn) => (waits++, clock.after(delayMs, fn)) };
  const sender = new Sender(brokers.cluster, { compression: 0, clock: counting });
  await sender.connect();
  const left = await sender.send([message('a', 0), message('b', PARTITIONS), message('c', 2)]);
  expect(left).toMatchObject([{ error: { code: 'TOPIC_MISMATCH', retriable: false }, isInDoubt: false }]);
  expect(left.map(({ messages }) => messages.map(({ value }) => String(value)))).toEqual([['b']]);
  expect(waits).toBe(2);
  expect(brokers.logs.flat().flatMap(({ values }) => values)).toEqual(['a', 'c']);
});

it.each([
  { how: 'its timer says so', nowMs: 0, fires: true },
  { how: 'the clock says so, and the timer of a process that was stopped does not yet', nowMs: 20_000, fires: false },
])('no try begins once the time for it is over: $how', async ({ nowMs, fires }) => {
  const brokers = new Brokers(['refused', 'refused']);
  let now = 0;
  let fire = () => {};
  const time: Clock = { now: () => now, after: (delayMs, fn) => (delayMs === 10_000 ? ((fire = fn), () => {}) : clock.after(delayMs, fn)) }; // prettier-ignore
  const limit = new TryLimit(time, 10_000);
  const sender = new Sender(brokers.cluster, { compression: 0, clock: time });
  await sender.connect();
  const sent = sender.send([message('a', 0)], limit);
  now = nowMs;
  if (fires) fire();
  const [left] = await sent;
  expect(left).toMatchObject({ isInDoubt: false });
  expect(brokers.logs.flat()).toEqual([]);
});

it('numbers are 31 bits and begin again at 0', () => {
  expect(after(0, 3)).toBe(3);
  expect(after(2 ** 31 - 2, 1)).toBe(2 ** 31 - 1);
  expect(after(2 ** 31 - 1, 1)).toBe(0);
  expect(after(2 ** 31 - 3, 5)).toBe(2);
});
