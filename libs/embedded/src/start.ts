import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { claimDataDir } from './claim.js';
import { EmbeddedError } from './errors.js';
import type { Jars, OnProgress } from './layout.js';
import { choosePort } from './ports.js';
import { withProgress } from './progress.js';
import type { ServiceHandle } from './service.js';

const PORT_TRIES = 3;

/** Options that Kafka and the registry share. */
export interface StartOptions {
  /** Folder of this one service; kept across restarts. Made when missing. */
  dataDir: string;
  jars: Jars;
  /** 0 or absent: a free one. */
  port?: number;
  heapMb?: number;
  /** Leaves the JIT whole, for benchmarks. */
  fullJit?: boolean;
  /** Default: a file in `dataDir`. */
  logFile?: string;
  /** More JVM flags, after ours. */
  jvmArgs?: readonly string[];
  /** How long a stop may take before the process is killed. Default 10,000. */
  stopTimeoutMs?: number;
  onProgress?: OnProgress | undefined;
}

/** Where a service is to start, and whom to tell about its process. */
export interface LaunchPlace {
  dataDir: string;
  port: number;
  onSpawn: (pid: number) => Promise<void>;
  onExit: () => Promise<void>;
}

/** One service: its name for people and how to start it. */
export interface Launch<H> {
  name: string;
  start: (at: LaunchPlace) => Promise<H>;
}

/** Claims the data folder, chooses the port and starts; a free port that was snatched away is replaced by another. */
export async function launch<H extends ServiceHandle>(options: StartOptions, { name, start }: Launch<H>): Promise<H> {
  const dataDir = resolve(options.dataDir);
  const claim = await claimDataDir(dataDir);
  try {
    await rm(join(dataDir, 'tmp'), { recursive: true, force: true });
    await mkdir(join(dataDir, 'tmp'), { recursive: true });
    // A try that failed keeps the claim for the next one; the last failure gives it back below.
    let isStarted = false;
    const onExit = async () => (isStarted ? claim.release() : undefined);
    const handle = await withProgress(`starting ${name}`, options.onProgress, () =>
      tryPorts(options.port, name, (port) => start({ dataDir, port, onSpawn: claim.running, onExit })),
    );
    isStarted = true;
    return handle;
  } catch (error) {
    await claim.release();
    throw error;
  }
}

async function tryPorts<H>(asked: number | undefined, name: string, start: (port: number) => Promise<H>): Promise<H> {
  for (let tries = 1; ; tries++) {
    try {
      return await start(await choosePort(asked, name));
    } catch (error) {
      const isSnatched = !asked && error instanceof EmbeddedError && error.code === 'EMBEDDED_PORT_IN_USE';
      if (!isSnatched || tries === PORT_TRIES) throw error;
    }
  }
}
