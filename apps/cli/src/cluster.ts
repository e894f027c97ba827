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
  readonly road: Road;
  readonly codec: Codec;
  readonly contracts: readonly Contract[];
  readonly prefix: string;
  readonly admin: Admin;
  /** Not started yet. */
  transport(): Transport;
  close(): Promise<void>;
}

/**
 * The cluster that `KAFKA_BROKERS` (and `SCHEMA_REGISTRY_URL`) name, or the one that `npm start` runs in this folder.
 * @throws SunbeonError `NO_CLUSTER`
 */
export async function openCluster(io: Io): Promise<Cluster> {
  const { brokers, registryUrl } = addresses(io);
  const prefix = io.env['SUNBEON_TOPIC_PREFIX'] ?? '';
  const road = kafkaRoad({ brokers, clientId: 'sunbeon-cli' });
  const codec = registryUrl === undefined ? jsonCodec() : avroCodec({ registryUrl, subjectPrefix: prefix });
  const contracts = await loadContracts(io.cwd);
  return {
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

function addresses(io: Io): { brokers: string[]; registryUrl: string | undefined } {
  const named = io.env['KAFKA_BROKERS'];
  if (named) return { brokers: named.split(',').map((broker) => broker.trim()), registryUrl: io.env['SCHEMA_REGISTRY_URL'] || undefined }; // prettier-ignore
  const running = readRunState(io.cwd);
  if (running !== undefined) return { brokers: [running.brokers], registryUrl: running.registryUrl };
  throw new SunbeonError('NO_CLUSTER', 'No Kafka cluster is named and none is running here.', {
    hint: 'Start one with "npm start" in another terminal, or set KAFKA_BROKERS=host:port.',
  });
}

/** The contracts of the deployment in this folder: of the module that `sunbeon.json` names. */
export async function loadContracts(cwd: string): Promise<Contract[]> {
  const { root, contracts } = readProject(cwd);
  const specifier = contracts === undefined ? '@sunbeon/contracts' : pathToFileURL(join(root, contracts)).href;
  const module = (await import(specifier)) as Record<string, unknown>;
  return Object.values(module).filter(isContract);
}
