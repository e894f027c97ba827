import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
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
  /** When node 1 answers. */
  answer: Promise<unknown> = Promise.resolve();

  readonly cluster = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    isConnected: () => true,
    refreshMetadata: () => Promise.resolve(),
    refreshMetadataIfNecessary: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    findTopicPartitionMetadata: () => this.leaders.map((leader, partitionId) => ({ partitionId, leader })),
    findControllerBroker: () => Promise.resolve(this.#broker(1)),
    findBroker: ({ nodeId }: { nodeId: string }) => Promise.resolve(this.#broker(Number(nodeId))),
  } as unknown as Cluster;

  #broker(nodeId: number) {
    return {
      initProducerId: () => Promise.resolve({ producerId: '7', producerEpoch: 0 }),
      produce: (request: ProduceToBroker) => this.#produce(nodeId, request),
    };
  }

  async #produce(nodeId: number, { topicData }: ProduceToBroker) {
    const mishap = nodeId === 2 ? this.mishaps.shift() : undefined;
    if (mishap !== undefined) throw mishap();
    for (const { partition, messages } of topicData.flatMap(({ partitions }) => partitions))
      this.taken.push(...messages.map(({ value }) => `${partition}:${String(value)}`));
    if (nodeId === 1) await this.answer;
    const answered = topicData.map(({ topic, partitions }) => ({
      topicName: topic,
      partitions: partitions.map(({ partition }) => ({ partition, errorCode: 0 })),
    }));
    return { topics: answered };
  }
}

function contextOn({ cluster }: TwoBrokers): DriverContext {
  const life = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve() };
  const client = {
    admin: () => ({
      ...life,
      fetchTopicMetadata: () => Promise.resolve({ topics: [{ name: 't', partitions: [0, 1] }] }),
    }),
  };
  const clock = { after: (_: number, resume: () => void) => setImmediate(resume) };
  return { kafka: () => client, cluster: () => cluster, clock, warn: () => undefined, maxRequestBytes: 1_000_000 } as unknown as DriverContext; // prettier-ignore
}

const record = (value: string, partition?: number) => ({ topic: 't', key: null, value: Buffer.from(value), headers: {}, ...(partition === undefined ? {} : { partition }) }); // prettier-ignore
const notLeader = () => new KafkaJSProtocolError({ type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true, message: 'moved' }); // prettier-ignore
const tooLarge = () => new KafkaJSProtocolError({ type: 'MESSAGE_TOO_LARGE', code: 10, retriable: false, message: 'large' }); // prettier-ignore

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
    const broken = Object.assign(new Error('broken'), { name: 'KafkaJSConnectionClosedError', retriable: false });
    const produce = ({ topicData }: ProduceToBroker) => {
      topicData[0]!.partitions[0]!.messages[0]!.sent!.requests += written;
      return Promise.reject(broken);
    };
    const cluster = {
      ...brokers.cluster,
      removeBroker: () => undefined,
      findBroker: () => Promise.resolve({ produce }),
    };
    const context = { ...contextOn(brokers), recordBatch: true, cluster: () => cluster } as unknown as DriverContext;
    expect(await failure(context)).toMatchObject({ facts: { mayHaveHappened } });
  });

  it('they may be when nobody counts', async () => {
    const brokers = new TwoBrokers();
    brokers.mishaps.push(...Array<() => Error>(9).fill(notLeader));
    expect(await failure(contextOn(brokers))).toMatchObject({ facts: { mayHaveHappened: true } });
  });

  it('they are not when the broker was asked once and refused', async () => {
    const brokers = new TwoBrokers();
    brokers.mishaps.push(tooLarge);
    expect(await failure(contextOn(brokers))).toMatchObject({ code: 'RECORD_TOO_LARGE', facts: { mayHaveHappened: false } }); // prettier-ignore
  });
});
