import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { SunbeonError } from '@sunbeon/core';
import { PATCHED_VERSION } from '../patches.js';
import type { PlainMessage } from '../wire/write-batch.js';

/** What the sender uses of kafkajs's `Cluster` (2.2.4, `src/cluster/index.js`): metadata and connections. */
export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  isConnected(): boolean;
  /** Those that a refresh asks for; all when it is empty. */
  targetTopics: Set<string>;
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** When it is older than five minutes. */
  refreshMetadataIfNecessary(): Promise<void>;
  /** Empty for a topic that is not known. A `leader` of -1: none at present. */
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number; readonly leader: number }[];
  findBroker(of: { nodeId: string }): Promise<LeadingBroker>;
  findControllerBroker(): Promise<LeadingBroker>;
  /** Forgets its connection. */
  removeBroker(of: { host: string; port: number }): void;
}

/** What the sender uses of kafkajs's `Broker`. */
export interface LeadingBroker {
  initProducerId(of: { transactionTimeout: number }): Promise<ProducerId>;
  produce(request: ProduceToBroker): Promise<ProduceResponse>;
  disconnect(): Promise<void>;
}

export interface ProducerId {
  readonly producerId: { toString(): string };
  readonly producerEpoch: number;
}

export interface ProduceToBroker extends ProducerId {
  /** By all replicas that are in sync. */
  readonly acks: -1;
  readonly compression: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly firstSequence: number;
      readonly messages: readonly PlainMessage[];
      /** Counts the requests that were written with it. */
      requests: number;
    }[];
  }[];
}

export interface ProduceResponse {
  readonly topics: readonly {
    readonly topicName: string;
    readonly partitions: readonly { readonly partition: number; readonly errorCode: number }[];
  }[];
}

const CREATE_CLUSTER = 'private:Kafka:createCluster';

/** A cluster of its own, made as `kafka.producer()` makes one. */
export function clusterOf(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === CREATE_CLUSTER);
  if (symbol === undefined) {
    throw new SunbeonError('OPTION_INVALID', 'This version of kafkajs makes its clusters in another way.', {
      hint: `Install kafkajs@${PATCHED_VERSION}.`,
    });
  }
  const create = (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol]!;
  const cluster = create({ allowAutoTopicCreation: false, metadataMaxAge: METADATA_MAX_AGE_MS });
  return withPartialMetadata(cluster as Cluster & { readonly brokerPool: BrokerPool });
}

/** What is used of kafkajs's `Broker` to ask for metadata. */
export interface AskedBroker {
  metadata(topics: readonly string[]): Promise<Metadata>;
  lookupRequest(apiKey: number, definition: unknown): (args: object) => Question;
}

interface Question {
  readonly request: unknown;
  readonly response: { parse(decoded: Metadata): unknown };
}

interface Metadata {
  readonly topicMetadata: readonly { readonly topicErrorCode: number }[];
}

interface BrokerPool {
  createBroker(options: object): AskedBroker;
}

/**
 * One partition without a leader, of whichever topic, makes kafkajs throw the whole answer away: nobody learns where the others have
 * gone, and nothing can be sent. Here it is a partition whose leader is -1.
 */
export function withPartialMetadata<T extends { readonly brokerPool: BrokerPool }>(cluster: T): T {
  const { createBroker } = cluster.brokerPool;
  cluster.brokerPool.createBroker = (options) => {
    const broker = createBroker(options);
    const { metadata } = broker;
    broker.metadata = (topics) => {
      const view = Object.create(broker) as AskedBroker;
      view.lookupRequest = (apiKey, definition) => {
        const ask = broker.lookupRequest(apiKey, definition);
        return (args) => {
          const question = ask(args);
          return { ...question, response: { ...question.response, parse: refuseTopicErrors } };
        };
      };
      return metadata.call(view, topics);
    };
    return broker;
  };
  return cluster;
}

function refuseTopicErrors(decoded: Metadata): Metadata {
  const failed = decoded.topicMetadata.find(({ topicErrorCode }) => topicErrorCode !== 0);
  if (failed !== undefined) throw protocolError(failed.topicErrorCode);
  return decoded;
}

/** As kafkajs has it. */
const METADATA_MAX_AGE_MS = 300_000;

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode(code: number): Error;
};

/** A broker's answer as kafkajs would throw it, with `type` and `retriable`. */
export function protocolError(code: number): Error {
  return createErrorFromCode(code);
}
