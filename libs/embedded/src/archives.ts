import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka } from './kafka.js';
import type { Jars, OnProgress } from './layout.js';
import { withLock } from './lock.js';
import { withProgress } from './progress.js';
import { startRegistry } from './registry.js';

/** Writing the archive happens while the JVM exits and takes seconds. */
const DUMP_TIMEOUT_MS = 120_000;

const STARTERS = { kafka: startKafka, registry: startRegistry };
type ServiceName = keyof typeof STARTERS;

/**
 * The class-data archives of both services, made once per Java by a start and a clean stop of each. They save more than half
 * of every later start. An archive fits one build of Java and the jars at their final place, hence its name and this moment.
 * A service whose archive cannot be made starts without it.
 */
export async function ensureArchives(jars: Jars, dir: string, onProgress?: OnProgress): Promise<Jars['archives']> {
  const names = Object.keys(STARTERS) as ServiceName[];
  const path = (name: ServiceName) => join(dir, `${name}-${jars.java.build.replace(/[^\w.+-]/g, '_')}.jsa`);
  const missing = () => names.filter((name) => !existsSync(path(name)));
  if (missing().length > 0) {
    await mkdir(dir, { recursive: true });
    await withProgress('preparing fast starts of Kafka and the registry (once)', onProgress, () =>
      withLock(join(dir, 'lock'), async () => {
        await Promise.all(missing().map((name) => tryDump({ name, jars, target: path(name), onProgress })));
      }),
    );
  }
  return Object.fromEntries(names.filter((name) => existsSync(path(name))).map((name) => [name, path(name)]));
}

interface Dump {
  name: ServiceName;
  jars: Jars;
  target: string;
  onProgress: OnProgress | undefined;
}

async function tryDump({ name, jars, target, onProgress }: Dump): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-warm-'));
  const temp = `${target}.${randomUUID()}`;
  try {
    const jvmArgs = [`-XX:ArchiveClassesAtExit=${temp}`, '-Xlog:disable', '-Xlog:all=error'];
    const service = await STARTERS[name]({ dataDir, jars, jvmArgs, stopTimeoutMs: DUMP_TIMEOUT_MS });
    await service.stop();
    await rename(temp, target);
  } catch (error) {
    onProgress?.(`no fast starts for ${name}: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await Promise.all([rm(temp, { force: true }), rm(dataDir, { recursive: true, force: true })]);
  }
}
