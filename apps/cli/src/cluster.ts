import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Contract, isContract, SunbeonError } from '@sunbeon/core';
import type { Codec, Road, Transport } from '@sunbeon/core/ports';
import { Admin, kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { avroCodec, jsonCodec } from '@sunbeon/schema';
import type { Io } from './command.js';
import { readRunState } from './dev/run-state.js';
import { readProject } from './project.js';

/** A cluster as a command reaches it. */
export interface Cluster {
  readonly at: Addresses;
  readonly road: Road;
  readonly codec: Codec;
  readonly contracts: readonly Contract[];
  readonly prefix: string;
  readonly admin: Admin;
  /** Not started yet. */
  transport(): Transport;
  close(): Promise<void>;
}

/** Where Kafka and the registry are. */
export interface Addresses {
  /** `host:port`, several separated by commas. */
  readonly brokers: string;
  /** Undefined: values are plain JSON. */
  readonly registryUrl: string | undefined;
}

/**
 * The cluster that `KAFKA_BROKERS` (and `SCHEMA_REGISTRY_URL`) name, or the one that `npm start` runs in this folder.
 * @param at where it is, for who knows already
 * @throws SunbeonError `NO_CLUSTER`, `OPTION_INVALID`
 */
export async function openCluster(io: Io, at: Addresses = addresses(io)): Promise<Cluster> {
  const { brokers, registryUrl } = at;
  const prefix = io.env['SUNBEON_TOPIC_PREFIX'] ?? '';
  const road = kafkaRoad({ brokers: brokersOf(brokers), clientId: 'sunbeon-cli' });
  const codec = registryUrl === undefined ? jsonCodec() : avroCodec({ registryUrl, subjectPrefix: prefix });
  const contracts = await loadContracts(io.cwd);
  return {
    at,
    road,
    codec,
    contracts,
    prefix,
    admin: new Admin({ road, contracts, prefix }),
    transport: () => kafkaTransport({ road, codec, contracts, prefix, source: 'sunbeon-cli' }),
    close: async () => (await road.admin()).disconnect(),
  };
}

/** Runs `work` on the cluster and lets go of it afterwards, also when it fails. */
export async function withCluster<T>(io: Io, work: (cluster: Cluster) => Promise<T>): Promise<T> {
  const cluster = await openCluster(io);
  try {
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

function addresses(io: Io): Addresses {
  const brokers = io.env['KAFKA_BROKERS'];
  if (brokers) return { brokers, registryUrl: io.env['SCHEMA_REGISTRY_URL'] || undefined };
  const running = readRunState(io.cwd);
  if (running !== undefined) return running;
  throw new SunbeonError('NO_CLUSTER', 'No Kafka cluster is named and none is running here.', {
    hint: 'Start one with "npm start" in another terminal, or set KAFKA_BROKERS=host:port.',
  });
}

/** @param text `host:port`, several separated by commas. @throws SunbeonError `OPTION_INVALID` */
export function brokersOf(text: string): string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  if (brokers.every((broker) => /^.+:\d{1,5}$/.test(broker))) return brokers;
  throw new SunbeonError('OPTION_INVALID', `KAFKA_BROKERS got "${text}".`, {
    hint: 'Give host:port, separated by commas, for example KAFKA_BROKERS=localhost:9092.',
    facts: { variable: 'KAFKA_BROKERS' },
  });
}

/** The contracts of the deployment in this folder: of the module that `sunbeon.json` names. */
async function loadContracts(cwd: string): Promise<Contract[]> {
  const { root, contracts } = readProject(cwd);
  const specifier = contracts === undefined ? '@sunbeon/contracts' : pathToFileURL(join(root, contracts)).href;
  const module = (await import(specifier)) as Record<string, unknown>;
  return Object.values(module).filter(isContract);
}
