import { ensureJars, startKafka, VERSIONS } from '@sunbeon/embedded';
import type { Service } from './service.ts';

const HEAP_MB = 1_024;

/** Apache Kafka with its whole just-in-time compiler. Acknowledged records are in the page cache, as Kafka has it by default. */
const kafka: Service = {
  name: 'kafka',
  missing: () => undefined,
  async start(folder) {
    const handle = await startKafka({
      dataDir: folder,
      jars: await ensureJars({ onProgress: console.error }),
      fullJit: true,
      heapMb: HEAP_MB,
      // What a scenario has deleted shall not lie on the disk while the next one runs.
      overrides: { 'log.segment.delete.delay.ms': 1_000 },
    });
    return { version: `Kafka ${VERSIONS.kafka}`, address: handle.brokers, stop: () => handle.stop() };
  },
};

export const services: readonly Service[] = [kafka];
