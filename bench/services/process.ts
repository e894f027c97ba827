import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, createWriteStream } from 'node:fs';
import { connect, createServer } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

export const HOST = '127.0.0.1';

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export interface Command {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** What it writes, for the day when it does not start. */
  readonly logFile: string;
  readonly uid?: number;
  readonly gid?: number;
  /** Default: SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** The port that answers when it is ready. */
  readonly port: number;
}

export interface RunningProcess {
  readonly pid: number;
  /** Asks it to stop, and sends SIGKILL to its whole process group when that does not help. Idempotent. */
  stop(): Promise<void>;
}

/**
 * Runs the command in a process group of its own, with a watcher that reads a pipe which we alone hold open: when we end in any
 * way, `kill -9` included, the group ends with us.
 */
const GUARD =
  '( trap "" HUP INT TERM; cat <&3 >/dev/null; kill -KILL -$$ ) >/dev/null 2>&1 </dev/null & exec "$@" 3<&-';

/** Starts a server of this machine and resolves when its port answers. @throws Error naming its log */
export async function startProcess(command: Command): Promise<RunningProcess> {
  const { name, path, args, cwd, logFile, uid, gid, port, stopSignal = 'SIGTERM' } = command;
  const child = spawn('/bin/sh', ['-c', GUARD, 'sh', path, ...args], {
    cwd,
    env: { ...process.env, ...command.env },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  });
  const log = createWriteStream(logFile);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  const stop = (): Promise<void> => stopProcess(child, stopSignal);
  try {
    await ready(child, port);
  } catch (cause) {
    await stop();
    throw new Error(`${name} did not start; it wrote ${logFile}.`, { cause });
  }
  return { pid: child.pid!, stop };
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  const endMs = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < endMs) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`exit code ${child.exitCode}`);
    if (await answers(port)) return;
    await wait(50);
  }
  throw new Error(`port ${port} did not answer within ${START_TIMEOUT_MS} ms`);
}

async function stopProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    const late = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
    child.kill(signal);
    await gone;
    clearTimeout(late);
  }
  killGroup(child); // the watcher, and what the server has left behind
  child.stdio[3]?.destroy();
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A port of this machine that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    socket.once('connect', () => socket.destroy());
    socket.once('error', () => resolve(false));
    socket.once('close', (hadError) => resolve(!hadError));
  });
}

/** The first of these programs that is there, looked for in `PATH` and in the folders given; undefined = none. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', ...folders];
  return places.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
