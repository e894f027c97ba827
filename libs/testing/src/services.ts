import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OnProgress, startServices } from '@sunbeon/embedded';
import { unknownWarnings } from './broker-log.js';

/** The Kafka and registry of one test run. */
export interface TestServices {
  /** `host:port` */
  readonly brokers: string;
  readonly registryUrl: string;
  /**
   * Stops both and removes their data; more calls give the same promise.
   * @throws Error when the broker logged what nobody can explain, or died before
   */
  stop(): Promise<void>;
}

/** Starts a fresh Kafka and registry in a temporary folder; neither outlives this process. @throws EmbeddedError */
export async function startTestServices(onProgress?: OnProgress): Promise<TestServices> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-test-'));
  process.once('exit', () => rmSync(dataDir, { recursive: true, force: true })); // interrupted before or during its stop
  try {
    const { kafka, registry, stop } = await startServices({ dataDir, ...(onProgress && { onProgress }) });
    let stopped: Promise<void> | undefined;
    const end = async (): Promise<void> => {
      try {
        await stop();
        for (const service of [kafka, registry]) throwIfDied(await service.exited);
        throwIfUnexplained(await readFile(kafka.logFile, 'utf8'));
      } finally {
        await rm(dataDir, { recursive: true, force: true });
      }
    };
    return { brokers: kafka.brokers, registryUrl: registry.url, stop: () => (stopped ??= end()) };
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
}

function throwIfDied({ error }: { readonly error?: Error }): void {
  if (error !== undefined) throw error;
}

const SHOWN = 20;

function throwIfUnexplained(log: string): void {
  const lines = unknownWarnings(log);
  if (lines.length === 0) return;
  throw new Error(
    [
      `The broker logged ${lines.length} line(s) that nobody has explained. Mend the cause, or explain them in libs/testing/src/broker-log.ts:`,
      ...lines.slice(0, SHOWN),
      ...(lines.length > SHOWN ? [`… and ${lines.length - SHOWN} more`] : []),
    ].join('\n'),
  );
}
