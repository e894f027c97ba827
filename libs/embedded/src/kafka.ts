import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm, writeFile } from 'node:fs/promises';
import { delimiter, join, resolve } from 'node:path';
import { EmbeddedError } from './errors.js';
import { jvmEnv, jvmFlags } from './jvm.js';
import {
  renderLog4j,
  renderServerProperties,
  type BrokerConfig,
  type BrokerOverrides,
  type ClusterPlace,
} from './kafka-config.js';
import { brokerAnswers } from './kafka-probe.js';
import { HOST, freePort } from './ports.js';
import { runCommand } from './run.js';
import { startService, type ServiceHandle } from './service.js';
import { launch, type LaunchPlace, type StartOptions } from './start.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
/** Idle it holds about 60 MB; the rest is for what tests and the demo send. */
const HEAP_MB = 512;
/** Folder of the topics' data. Like every path given to the JVM, relative to the data folder: a space or comma in it does no harm. */
const LOG_DIR = 'topics';

/** Options of `startKafka`. */
export interface KafkaOptions extends StartOptions {
  /** Broker settings over ours, for example `{ 'num.partitions': 4 }`. */
  overrides?: BrokerOverrides;
}

/** A running Kafka: one node, on this machine's loopback address only. */
export interface KafkaHandle extends ServiceHandle {
  /** `host:port`, for `KAFKA_BROKERS`. */
  brokers: string;
  port: number;
}

/**
 * Starts a real Apache Kafka (KRaft, one node) and resolves when it takes records. Data stay in `dataDir` across restarts.
 * @throws EmbeddedError EMBEDDED_PORT_IN_USE, EMBEDDED_DATA_DIR_IN_USE, EMBEDDED_START_FAILED
 */
export function startKafka(options: KafkaOptions): Promise<KafkaHandle> {
  return startNode(options);
}

/** A node of a cluster: its controller's port is known to the others, so it is chosen beforehand. */
export interface NodePlace extends ClusterPlace {
  controllerPort: number;
}

/** {@link startKafka}, or one node of several. A node that comes back keeps its folder, place and ports. */
export function startNode(options: KafkaOptions, place?: NodePlace): Promise<KafkaHandle> {
  const name = place === undefined ? 'Kafka' : `Kafka node ${place.nodeId}`;
  return launch(options, { name, start: (at) => start(options, at, place) });
}

async function start(options: KafkaOptions, at: LaunchPlace, place?: NodePlace): Promise<KafkaHandle> {
  const { dataDir, port, onSpawn, onExit } = at;
  const controllerPort = place?.controllerPort ?? (await freePort());
  const config = { port, controllerPort, place, overrides: options.overrides };
  await writeFile(join(dataDir, 'log4j2.properties'), renderLog4j());
  const java = await javaArgs(options, dataDir);
  if (!existsSync(join(dataDir, LOG_DIR, 'meta.properties'))) await format(options, { dataDir, java, config });
  await writeFile(join(dataDir, 'server.properties'), renderServerProperties({ ...config, logDir: LOG_DIR }));
  const service = await startService({
    name: 'Kafka',
    command: options.jars.java.path,
    args: [...java, 'kafka.Kafka', 'server.properties'],
    cwd: dataDir,
    logFile: resolve(options.logFile ?? join(dataDir, 'kafka.log')),
    isReady: () => brokerAnswers(port, place?.nodeId),
    startTimeoutMs: START_TIMEOUT_MS,
    stopTimeoutMs: options.stopTimeoutMs ?? STOP_TIMEOUT_MS,
    onSpawn,
    onExit,
  });
  return { ...service, brokers: `${HOST}:${port}`, port };
}

async function javaArgs(options: KafkaOptions, dataDir: string): Promise<string[]> {
  const { jars, heapMb = HEAP_MB, fullJit = false, jvmArgs = [] } = options;
  // In a fixed order: a class-data archive fits only the class path it was made with.
  const names = (await readdir(jars.kafkaDir)).filter((name) => name.endsWith('.jar')).sort();
  return [
    ...jvmFlags({ dataDir, heapMb, fullJit, archive: jars.archives.kafka, jvmArgs }),
    '-Dlog4j2.configurationFile=log4j2.properties',
    '-cp',
    names.map((name) => join(jars.kafkaDir, name)).join(delimiter),
  ];
}

interface Format {
  dataDir: string;
  java: readonly string[];
  config: Omit<BrokerConfig, 'logDir'>;
}

/** Formats beside the final place and moves it there, so that a kill in the middle leaves nothing half formatted. */
async function format(options: KafkaOptions, { dataDir, java, config }: Format): Promise<void> {
  const logDir = `${LOG_DIR}.new`;
  await rm(join(dataDir, logDir), { recursive: true, force: true });
  await writeFile(join(dataDir, 'format.properties'), renderServerProperties({ ...config, logDir }));
  // The archive is dumped by the broker, not by this run.
  const flags = java.filter((flag) => !flag.startsWith('-XX:ArchiveClassesAtExit'));
  const clusterId = config.place?.clusterId ?? newClusterId();
  const tool = ['kafka.tools.StorageTool', 'format', '-t', clusterId, '-c', 'format.properties'];
  const { code, output } = await runCommand(options.jars.java.path, [...flags, ...tool], {
    cwd: dataDir,
    env: jvmEnv(),
  });
  if (code !== 0) {
    throw new EmbeddedError(
      'EMBEDDED_START_FAILED',
      `Kafka could not format ${dataDir} (exit code ${code}):\n${output}`,
    );
  }
  await rm(join(dataDir, LOG_DIR), { recursive: true, force: true });
  await rename(join(dataDir, logDir), join(dataDir, LOG_DIR));
  await rm(join(dataDir, 'format.properties'));
}

/** 16 bytes in URL-safe base64; not with a dash in front, which the tool would take for an option. */
export function newClusterId(): string {
  const id = randomBytes(16).toString('base64url');
  return id.startsWith('-') ? newClusterId() : id;
}
