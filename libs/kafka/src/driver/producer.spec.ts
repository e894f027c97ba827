import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { DriverContext } from './client.js';
import type { RoutedMessage } from './partitioner.js';
import { KafkajsProducer } from './producer.js';

const load = createRequire(import.meta.url);
/** kafkajs's own way of sending, for a cluster without a network. */
const sendMessages = load('kafkajs/src/producer/sendMessages') as (of: object) => unknown;
const { KafkaJSProtocolError } = load('kafkajs/src/errors') as { KafkaJSProtocolError: new (facts: object) => Error };

/** Two brokers, each leading one partition of the topic `t`; what they have taken, as `<partition>:<value>`. */
class Cluster {
  readonly taken: string[] = [];
  /** The node that leads, by partition; -1 = none. */
  readonly leaders = [1, 2];
  readonly targetTopics = new Set(['t']);
  readonly #brokers = [1, 2].map((nodeId) => ({
    nodeId,
    produce: (request: Request) => this.#produce(nodeId, request),
  }));
  /** What happens instead of the next answers of node 2. */
  readonly mishaps: (() => Error)[] = [];

  isConnected = () => true;
  refreshMetadata = () => Promise.resolve();
  refreshMetadataIfNecessary = () => Promise.resolve();
  addMultipleTargetTopics = () => Promise.resolve();
  findTopicPartitionMetadata = () => this.leaders.map((leader, partitionId) => ({ partitionId, leader }));
  findLeaderForPartitions = (_: string, ids: string[]) =>
    Object.groupBy(ids.map(Number), (id) => String(this.leaders[id]));
  findBroker = ({ nodeId }: { nodeId: string }) => Promise.resolve(this.#brokers[Number(nodeId) - 1]);

  async #produce(nodeId: number, { topicData }: Request) {
    const mishap = nodeId === 2 ? this.mishaps.shift() : undefined;
    if (mishap !== undefined) throw mishap();
    const topics = topicData.map(({ topic, partitions }) => ({ topicName: topic, partitions }));
    for (const { partition, messages } of topicData.flatMap(({ partitions }) => partitions))
      this.taken.push(...messages.map(({ value }) => `${partition}:${value}`));
    return { topics };
  }
}

interface Request {
  topicData: { topic: string; partitions: { partition: number; messages: { value: string }[] }[] }[];
}

function contextOn(cluster: Cluster): DriverContext {
  const numbering = {
    isTransactional: () => false,
    getSequence: () => 0,
    getProducerId: () => 0,
    getProducerEpoch: () => 0,
  };
  const eosManager = { ...numbering, updateSequence: () => 0, acquireBrokerLock: () => 0, releaseBrokerLock: () => 0 };
  const logger = { debug: () => undefined, error: () => undefined };
  const retrier = async (send: (bail: (error: Error) => void) => Promise<unknown>): Promise<unknown> => {
    const bail = (error: Error): void => {
      throw error;
    };
    return send(bail).catch(() => send(bail));
  };
  const life = { connect: () => Promise.resolve(), disconnect: () => Promise.resolve() };
  const client = {
    admin: () => ({
      ...life,
      fetchTopicMetadata: () => Promise.resolve({ topics: [{ name: 't', partitions: [0, 1] }] }),
    }),
    producer: ({ createPartitioner }: { createPartitioner: () => unknown }) => ({
      ...life,
      sendBatch: sendMessages({ logger, cluster, partitioner: createPartitioner(), eosManager, retrier }),
    }),
  };
  return { kafka: () => client, warn: () => undefined, maxRequestBytes: 1_000_000 } as unknown as DriverContext;
}

const record = (value: string, partition?: number) => ({ topic: 't', key: null, value: Buffer.from(value), headers: {}, ...(partition === undefined ? {} : { partition }) }); // prettier-ignore
const notLeader = () => new KafkaJSProtocolError({ type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true, message: 'moved' }); // prettier-ignore

it('a record whose leader moves during the send to a broker that has answered is not acknowledged without being sent', async () => {
  const cluster = new Cluster();
  cluster.mishaps.push(() => {
    cluster.leaders[1] = 1;
    return notLeader();
  });
  await new KafkajsProducer(contextOn(cluster)).send([record('a', 0), record('b', 1)]);
  expect(cluster.taken).toEqual(['0:a', '1:b']); // what was acknowledged is not sent again
});

it('a record without key that may have been written does not go to another partition when its leader is away', async () => {
  const cluster = new Cluster();
  const producer = new KafkajsProducer(contextOn(cluster));
  cluster.mishaps.push(() => {
    cluster.leaders[1] = -1;
    return notLeader();
  });
  const sends = await Promise.allSettled(['a', 'b'].map((value) => producer.send([record(value)])));
  expect(sends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(cluster.taken).toHaveLength(1);
});

it('after its disconnect it refuses to send, instead of connecting anew', async () => {
  const cluster = new Cluster();
  const producer = new KafkajsProducer(contextOn(cluster));
  await producer.send([record('a', 0)]);
  const underWay = producer.send([record('b', 0)]);
  await producer.disconnect();
  await underWay;
  await expect(producer.send([record('c', 0)])).rejects.toMatchObject({ code: 'NOT_RUNNING' });
  expect(cluster.taken).toEqual(['0:a', '0:b']);
});

describe('an error says whether the records may be written all the same', () => {
  const failing = () => Promise.reject(Object.assign(new Error('refused'), { name: 'KafkaJSConnectionError' }));
  const failure = (context: DriverContext) =>
    new KafkajsProducer(context).send([record('a', 0)]).catch((error: unknown) => error);

  it('they are not when no broker could be asked', async () => {
    const context = contextOn(new Cluster());
    const { kafka } = context;
    const unreachable = { ...context, kafka: () => ({ ...kafka(), producer: () => ({ connect: failing, disconnect: () => Promise.resolve() }) }) } as unknown as DriverContext; // prettier-ignore
    expect(await failure(unreachable)).toMatchObject({ code: 'BROKER_UNREACHABLE', facts: { mayHaveHappened: false } });
  });

  it('they are not when none of their requests was written, which our encoder counts', async () => {
    const context = contextOn(new Cluster());
    const { kafka } = context;
    const writing = (requests: number) =>
      ({
        ...context,
        recordBatch: true,
        kafka: () => ({
          ...kafka(),
          producer: () => ({
            connect: () => Promise.resolve(),
            disconnect: () => Promise.resolve(),
            sendBatch: ({ topicMessages: [{ messages }] }: { topicMessages: [{ messages: RoutedMessage[] }] }) => {
              messages[0]!.sent.requests += requests;
              return failing();
            },
          }),
        }),
      }) as unknown as DriverContext;
    expect(await failure(writing(0))).toMatchObject({ facts: { mayHaveHappened: false } });
    expect(await failure(writing(1))).toMatchObject({ facts: { mayHaveHappened: true } });
  });

  it('they may be when nobody counts', async () => {
    const cluster = new Cluster();
    cluster.mishaps.push(notLeader, notLeader);
    const sent = new KafkajsProducer(contextOn(cluster)).send([record('a', 1)]);
    await expect(sent).rejects.toMatchObject({ facts: { mayHaveHappened: true } });
  });
});
