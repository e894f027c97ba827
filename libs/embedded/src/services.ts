import { join } from 'node:path';
import { ensureJars } from './jars.js';
import { startKafka, type KafkaHandle } from './kafka.js';
import type { Jars, OnProgress } from './layout.js';
import { startRegistry, type RegistryHandle } from './registry.js';
import type { ServiceHandle } from './service.js';

/** Options of `startServices`. */
export interface ServicesOptions {
  /** Gets a folder for each service. */
  dataDir: string;
  onProgress?: OnProgress;
  /** 0 or absent: a free one. */
  kafkaPort?: number;
  registryPort?: number;
  /** Default: what `ensureJars` gives. */
  jars?: Jars;
}

/** Kafka and the registry, both running. */
export interface Services extends AsyncDisposable {
  kafka: KafkaHandle;
  registry: RegistryHandle;
  stop(): Promise<void>;
}

/**
 * Gets the jars if need be and starts both services side by side. When one fails, the other is stopped.
 * @throws EmbeddedError of whatever failed first
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const { dataDir, onProgress } = options;
  const jars = options.jars ?? (await ensureJars({ ...(onProgress && { onProgress }) }));
  const both = await allOrNone([
    startKafka({ dataDir: join(dataDir, 'kafka'), jars, onProgress, port: options.kafkaPort ?? 0 }),
    startRegistry({ dataDir: join(dataDir, 'registry'), jars, onProgress, port: options.registryPort ?? 0 }),
  ]);
  const [kafka, registry] = both;
  const stop = async () => {
    await Promise.all([kafka.stop(), registry.stop()]);
  };
  return { kafka, registry, stop, [Symbol.asyncDispose]: stop };
}

async function allOrNone<A extends ServiceHandle, B extends ServiceHandle>(
  starts: [Promise<A>, Promise<B>],
): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled(starts);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  const started = [a, b].filter((result) => result.status === 'fulfilled');
  await Promise.all(started.map((result) => result.value.stop()));
  throw [a, b].find((result) => result.status === 'rejected')?.reason;
}
