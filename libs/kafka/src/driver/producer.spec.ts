import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { SunbeonError } from '@sunbeon/core';
import type { Unwritten } from '../unwritten.js';
import type { DriverContext } from './client.js';
import type { Cluster, ProduceToBroker } from './cluster.js';
import { KafkajsProducer } from './producer.js';

const load = createRequire(import.meta.url);
const { KafkaJSProtocolError } = load('kafkajs/src/errors') as { KafkaJSProtocolError: new (facts: object) => Error };

/** Two brokers, each leading one partition of the topic `t`; what they have taken, as `<partition>:<value>`. */
class TwoBrokers {
  readonly taken: string[] = [];
  /** The node that leads, by partition; -1 = none. */
  readonly leaders = [1, 2];
  /** What happens instead of the next answers of node 2. */
  readonly mishaps: (() => Error)[] = [];
  /** Codes that partitions are refused with; once. */
  readonly refusals = new Map<number, number>();
  /** When node 1 answers. */
  answer: Promise<unknown> = Promise.resolve();

  readonly cluster = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    isConnected: () => true,
    removeBroker: () => undefined,
    refreshMetadata: () => Promise.resolve(),
    refreshMetadataIfNecessary: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    findTopicPartitionMetadata: () => this.leaders.map((leader, partitionId) => ({ partitionId, leader })),
    findControllerBroker: () => Promise.resolve(this.#broker(1)),
    findBroker: ({ nodeId }: { nodeId: string }) => Promise.resolve(this.#broker(Number(nodeId))),
  } as unknown as Cluster;

  #broker(nodeId: number) {
    return {
      disconnect: () => Promise.resolve(),
      initProducerId: () => Promise.resolve({ producerId: '7', producerEpoch: 0 }),
      produce: (request: ProduceToBroker) => this.#produce(nodeId, request),
    };
  }

  async #produce(nodeId: number, { topicData }: ProduceToBroker) {
    for (const { partitions } of topicData) for (const batch of partitions) batch.requests++;
    const mishap = nodeId === 2 ? this.mishaps.shift() : undefined;
    if (mishap !== undefined) throw mishap();
    const answered = topicData.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition, messages }) => {
        const errorCode = this.refusals.get(partition) ?? 0;
        this.refusals.delete(partition);
        if (errorCode === 0) this.taken.push(...messages.map(({ value }) => `${partition}:${String(value)}`));
        return { partition, errorCode };
      }),
    }));
    if (nodeId === 1) await this.answer;
    return { topics: answered };
  }
}

function contextOn({ cluster }: TwoBrokers): DriverContext {
  const life = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve() };
  const fetchTopicMetadata = () => Promise.resolve({ topics: [{ name: 't', partitions: [0, 1] }] });
  const clock = { now: () => 0, after: (_: number, resume: () => void) => setImmediate(resume) };
  return { admin: () => ({ ...life, fetchTopicMetadata }), cluster: () => cluster, clock, warn: () => undefined, maxRequestBytes: 1_000_000 } as unknown as DriverContext; // prettier-ignore
}

const record = (value: string, partition?: number) => ({ topic: 't', key: null, value: Buffer.from(value), headers: {}, ...(partition === undefined ? {} : { partition }) }); // prettier-ignore
const notLeader = () => new KafkaJSProtocolError({ type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true, message: 'moved' }); // prettier-ignore
const broken = () => Object.assign(new Error('broken'), { name: 'KafkaJSConnectionClosedError', retriable: true });

it('a record whose leader moves during the send to a broker that has answered is not acknowledged without being sent', async () => {
  const brokers = new TwoBrokers();
  brokers.mishaps.push(() => {
    brokers.leaders[1] = 1;
    return notLeader();
  });
  await new KafkajsProducer(contextOn(brokers)).send([record('a', 0), record('b', 1)]);
  expect(brokers.taken).toEqual(['0:a', '1:b']); // what was acknowledged is not sent again
});

it('a record without key that may have been written does not go to another partition when its leader is away', async () => {
  const brokers = new TwoBrokers();
  const producer = new KafkajsProducer(contextOn(brokers));
  brokers.mishaps.push(() => {
    brokers.leaders[1] = -1;
    return notLeader();
  });
  const sends = await Promise.allSettled(['a', 'b'].map((value) => producer.send([record(value)])));
  expect(sends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(brokers.taken).toHaveLength(1);
});

it('after its disconnect it refuses to send, instead of connecting anew', async () => {
  const brokers = new TwoBrokers();
  const producer = new KafkajsProducer(contextOn(brokers));
  await producer.send([record('a', 0)]);
  const underWay = producer.send([record('b', 0)]);
  await producer.disconnect();
  await underWay;
  await expect(producer.send([record('c', 0)])).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  expect(brokers.taken).toEqual(['0:a', '0:b']);
});

it('a broker that takes its time while another one refuses is not asked a second time', async () => {
  const brokers = new TwoBrokers();
  brokers.mishaps.push(notLeader);
  let answer!: () => void;
  brokers.answer = new Promise<void>((resolve) => (answer = resolve));
  const sent = new KafkajsProducer(contextOn(brokers)).send([record('a', 0), record('b', 1)]);
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
  answer();
  await sent;
  expect(brokers.taken).toEqual(['0:a', '1:b']);
});

it('what is refused for a lost numbering goes again under a new one, and only that', async () => {
  const brokers = new TwoBrokers();
  brokers.refusals.set(1, 45);
  await new KafkajsProducer(contextOn(brokers)).send([record('a', 0), record('b', 1)]);
  expect(brokers.taken).toEqual(['0:a', '1:b']);
});

it('of a send that is cut in pieces, those after a failed one are not taken for written', async () => {
  const brokers = new TwoBrokers();
  const lost = { type: 'OUT_OF_ORDER_SEQUENCE_NUMBER', code: 45, retriable: false, message: 'lost' };
  const wrong = () => new KafkaJSProtocolError(lost);
  brokers.cluster.findBroker = () => Promise.reject(wrong());
  const records = [record('a', 0), record('b', 0), record('c', 1)];
  const context = { ...contextOn(brokers), maxRequestBytes: 100 } as unknown as DriverContext;
  const error = await new KafkajsProducer(context).send(records).catch((thrown: unknown) => thrown);
  const { parts } = (error as SunbeonError).cause as Unwritten;
  expect(new Set(parts.flatMap((part) => part.records))).toEqual(new Set(records));
  expect(brokers.taken).toEqual([]);
});

it('the parts of an error know which records are in doubt', async () => {
  const brokers = new TwoBrokers();
  brokers.mishaps.push(...Array<() => Error>(9).fill(broken));
  brokers.refusals.set(0, 10);
  const records = [record('a', 0), record('b', 1)];
  const error = await new KafkajsProducer(contextOn(brokers)).send(records).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'BROKER_UNREACHABLE', facts: { mayHaveHappened: true } });
  const { parts } = (error as SunbeonError).cause as Unwritten;
  expect(parts).toMatchObject([
    { records: [records[0]], failure: { code: 'RECORD_TOO_LARGE', facts: { mayHaveHappened: false } } },
    { records: [records[1]], failure: { code: 'BROKER_UNREACHABLE', facts: { mayHaveHappened: true } } },
  ]);
});

describe('an error says whether the records may be written all the same', () => {
  const failure = (context: DriverContext) =>
    new KafkajsProducer(context).send([record('a', 1)]).catch((error: unknown) => error);

  it('they are not when no broker could be asked', async () => {
    const brokers = new TwoBrokers();
    const refused = Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError', retriable: false });
    brokers.cluster.connect = () => Promise.reject(refused);
    expect(await failure(contextOn(brokers))).toMatchObject({ code: 'BROKER_UNREACHABLE', facts: { mayHaveHappened: false } }); // prettier-ignore
  });

  it.each([
    { written: 0, mayHaveHappened: false },
    { written: 1, mayHaveHappened: true },
  ])('after $written written requests, which our encoder counts', async ({ written, mayHaveHappened }) => {
    const brokers = new TwoBrokers();
    const closed = Object.assign(broken(), { retriable: false });
    const produce = ({ topicData }: ProduceToBroker) => {
      topicData[0]!.partitions[0]!.requests += written;
      return Promise.reject(closed);
    };
    const cluster = {
      ...brokers.cluster,
      removeBroker: () => undefined,
      findBroker: () => Promise.resolve({ produce }),
    };
    const context = { ...contextOn(brokers), recordBatch: true, cluster: () => cluster } as unknown as DriverContext;
    expect(await failure(context)).toMatchObject({ facts: { mayHaveHappened } });
  });

  it('they may be when no answer has come', async () => {
    const brokers = new TwoBrokers();
    brokers.mishaps.push(...Array<() => Error>(9).fill(broken));
    expect(await failure(contextOn(brokers))).toMatchObject({ facts: { mayHaveHappened: true } });
  });

  it('they are not when the broker has refused', async () => {
    const brokers = new TwoBrokers();
    brokers.refusals.set(1, 10);
    expect(await failure(contextOn(brokers))).toMatchObject({ code: 'RECORD_TOO_LARGE', facts: { mayHaveHappened: false } }); // prettier-ignore
  });
});
