import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { join, resolve } from 'node:path';
import { EmbeddedError } from './errors.js';
import { jvmFlags } from './jvm.js';
import { VERSIONS } from './layout.js';
import { HOST } from './ports.js';
import { startService, type ServiceHandle } from './service.js';
import { launch, type LaunchPlace, type StartOptions } from './start.js';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const PROBE_TIMEOUT_MS = 1_000;
const HEAP_MB = 256;
/** The Confluent-compatible API of Apicurio. */
const API = '/apis/ccompat/v7';

/** Options of `startRegistry`. */
export type RegistryOptions = StartOptions;

/** A running schema registry, on this machine's loopback address only. */
export interface RegistryHandle extends ServiceHandle {
  /** Base address of the Confluent-compatible API, for `SCHEMA_REGISTRY_URL`. */
  url: string;
  port: number;
}

/**
 * Starts the Apicurio registry and resolves when it answers. Schemas stay in `dataDir` across restarts.
 * @throws EmbeddedError EMBEDDED_PORT_IN_USE, EMBEDDED_DATA_DIR_IN_USE, EMBEDDED_START_FAILED
 */
export function startRegistry(options: RegistryOptions): Promise<RegistryHandle> {
  return launch(options, { name: 'the schema registry', start: (at) => start(options, at) });
}

async function start(options: RegistryOptions, at: LaunchPlace): Promise<RegistryHandle> {
  const { dataDir, port, onSpawn, onExit } = at;
  const url = `http://${HOST}:${port}${API}`;
  const service = await startService({
    name: 'The schema registry',
    command: options.jars.java.path,
    args: registryArgs(options, at),
    cwd: dataDir,
    logFile: resolve(options.logFile ?? join(dataDir, 'registry.log')),
    isReady: () => answers(`${url}/subjects`),
    startTimeoutMs: START_TIMEOUT_MS,
    stopTimeoutMs: options.stopTimeoutMs ?? STOP_TIMEOUT_MS,
    onSpawn,
    onExit,
  });
  try {
    await setFirstConfig(url, dataDir);
  } catch (error) {
    await service.stop();
    throw new EmbeddedError(
      'EMBEDDED_START_FAILED',
      `The schema registry does not take its settings. Log: ${service.logFile}`,
      {
        cause: error,
      },
    );
  }
  return { ...service, url, port };
}

/**
 * Confluent's registry refuses incompatible schemas by default, Apicurio does not. Said once per data folder, through the API:
 * as a start-up setting it would hold but `GET /config` would not show it and nobody could change it.
 */
async function setFirstConfig(url: string, dataDir: string): Promise<void> {
  const marker = join(dataDir, 'configured');
  if (existsSync(marker)) return;
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' };
  const body = JSON.stringify({ compatibility: 'BACKWARD' });
  const response = await fetch(`${url}/config`, { method: 'PUT', headers, body });
  if (!response.ok) throw new Error(`PUT ${url}/config answered ${response.status}: ${await response.text()}`);
  await response.body?.cancel();
  await writeFile(marker, '');
}

function registryArgs(options: RegistryOptions, { dataDir, port }: LaunchPlace): string[] {
  const { jars, heapMb = HEAP_MB, fullJit = false, jvmArgs = [] } = options;
  const settings = {
    'quarkus.http.host': HOST,
    'quarkus.http.port': port,
    // Relative to the working folder. No write delay: a schema id that is on Kafka must survive a kill of the registry.
    'quarkus.datasource.jdbc.url': 'jdbc:h2:file:./schemas;WRITE_DELAY=0',
    'quarkus.datasource.jdbc.initial-size': 1,
    'quarkus.datasource.jdbc.min-size': 1,
    'quarkus.datasource.jdbc.max-size': 10,
    'quarkus.banner.enabled': false,
    'quarkus.log.level': 'WARN',
    'quarkus.log.category."io.apicurio".level': 'WARN',
  };
  return [
    ...jvmFlags({ dataDir, heapMb, fullJit, archive: jars.archives.registry, jvmArgs }),
    ...Object.entries(settings).map(([key, value]) => `-D${key}=${value}`),
    '-jar',
    join(jars.registryDir, `apicurio-registry-app-${VERSIONS.registry}-runner.jar`),
  ];
}

function answers(url: string): Promise<boolean> {
  return new Promise((settle) => {
    const request = get(url, { agent: false, timeout: PROBE_TIMEOUT_MS }, (response) => {
      response.resume();
      settle(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => settle(false));
    request.once('close', () => settle(false));
  });
}
