import { join } from 'node:path';
import { startServices } from '@sunbeon/embedded';
import { brokersOf } from '../cluster.js';
import type { Io } from '../command.js';
import { preferred } from './ports.js';

/** Kafka and the registry that the apps use: the user's own, or embedded ones. */
export interface DevServices {
  readonly embedded: boolean;
  readonly brokers: string;
  /** Undefined: values are plain JSON. */
  readonly registryUrl: string | undefined;
  /** Resolves with the reason when an embedded service dies by itself; never otherwise. */
  readonly died: Promise<Error>;
  stop(): Promise<void>;
}

/** `KAFKA_BROKERS` means the user's own cluster: then nothing is started. */
export async function openServices(io: Io, root: string, onProgress: (text: string) => void): Promise<DevServices> {
  const brokers = io.env['KAFKA_BROKERS'];
  if (brokers) {
    brokersOf(brokers); // before an app is started with it
    const registryUrl = io.env['SCHEMA_REGISTRY_URL'] || undefined;
    return { embedded: false, brokers, registryUrl, died: new Promise(() => {}), stop: async () => {} };
  }
  const { kafka, registry, stop } = await startServices({
    dataDir: join(root, '.sunbeon'),
    onProgress,
    kafkaPort: await preferred(9092),
    registryPort: await preferred(8081),
  });
  const died = Promise.race([kafka.exited, registry.exited]).then(({ error }) =>
    error === undefined ? new Promise<Error>(() => {}) : error,
  );
  return { embedded: true, brokers: kafka.brokers, registryUrl: registry.url, died, stop };
}
