import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { EmbeddedError } from './errors.js';
import { killGroup, spawnGuarded, type GuardedChild } from './guard.js';
import { jvmEnv } from './jvm.js';
import { openRunLog, tailOf, type RunLog } from './log-file.js';

const POLL_MS = 30;

/** How a service ended. `error` (EMBEDDED_DIED) is there when nobody had asked for it. */
export interface ServiceExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: EmbeddedError;
}

/** A service that runs. `stop` may be called many times and after its end; it resolves when the process is gone. */
export interface ServiceHandle extends AsyncDisposable {
  pid: number;
  /** Absolute path; warnings, errors and whatever the JVM prints. */
  logFile: string;
  /** Resolves once the process is gone, however it went; never rejects. */
  exited: Promise<ServiceExit>;
  stop(): Promise<void>;
}

/** What `startService` needs to know about a service. */
export interface ServiceSpec {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  logFile: string;
  /** Asked again and again until it says yes. */
  isReady: () => Promise<boolean>;
  startTimeoutMs: number;
  /** How long a stop may take before the process is killed. */
  stopTimeoutMs: number;
  /** Told the pid as soon as there is one, long before the service is ready. */
  onSpawn: (pid: number) => Promise<void>;
  /** Awaited after the process is gone, before `exited` resolves. */
  onExit: () => Promise<void>;
}

/**
 * Starts a process and waits until it is ready.
 * @throws EmbeddedError EMBEDDED_START_FAILED with the last log lines, or EMBEDDED_PORT_IN_USE when these speak of a port; the
 * process is gone then
 */
export async function startService(spec: ServiceSpec): Promise<ServiceHandle> {
  const log = await openRunLog(spec.logFile);
  const child = await spawnLogged(spec, log);
  const service = handleOf(child, spec, log);
  await spec.onSpawn(child.pid);
  const isOver = await Promise.race([service.exited.then(() => true), untilReady(spec, child)]);
  if (!isOver) return service;
  await service.stop();
  throw await startFailed(spec, log, await service.exited);
}

async function spawnLogged(spec: ServiceSpec, log: RunLog): Promise<GuardedChild> {
  try {
    return await spawnGuarded(spec.command, spec.args, { cwd: spec.cwd, env: jvmEnv(), output: log.handle.fd });
  } catch (error) {
    throw new EmbeddedError('EMBEDDED_START_FAILED', `${spec.name} cannot be started through sh.`, { cause: error });
  } finally {
    await log.handle.close();
  }
}

function handleOf(child: GuardedChild, spec: ServiceSpec, log: RunLog): ServiceHandle {
  let stopping: Promise<void> | undefined;
  const exited = once(child, 'exit').then(async ([code, signal]: unknown[]) => {
    await spec.onExit();
    const exit = { code: code as number | null, signal: signal as NodeJS.Signals | null };
    return stopping ? exit : { ...exit, error: died(spec, exit) };
  });
  const stop = () => (stopping ??= end(child, exited, spec.stopTimeoutMs));
  return { pid: child.pid, logFile: log.path, exited, stop, [Symbol.asyncDispose]: stop };
}

async function end(child: GuardedChild, exited: Promise<ServiceExit>, timeoutMs: number): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => killGroup(child.pid), timeoutMs);
  await exited;
  clearTimeout(timer);
}

/** Resolves false when ready (nothing is over) and true when the time is up; a dead process ends it as well. */
async function untilReady(spec: ServiceSpec, child: GuardedChild): Promise<boolean> {
  const deadlineMs = performance.now() + spec.startTimeoutMs;
  while (performance.now() < deadlineMs && child.exitCode === null && child.signalCode === null) {
    if (await spec.isReady()) return false;
    await delay(POLL_MS);
  }
  return true;
}

function died(spec: ServiceSpec, exit: ServiceExit): EmbeddedError {
  return new EmbeddedError('EMBEDDED_DIED', `${spec.name} has died (${reasonOf(exit)}). Log: ${spec.logFile}`);
}

function reasonOf({ code, signal }: ServiceExit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

async function startFailed(spec: ServiceSpec, log: RunLog, exit: ServiceExit): Promise<EmbeddedError> {
  const lines = await tailOf(log);
  const portTaken = /Address already in use|BindException|already bound|Port \d+ seems to be in use/i.test(lines);
  const how = exit.error ? `it ended with ${reasonOf(exit)}` : `not ready after ${spec.startTimeoutMs} ms`;
  const code = portTaken ? 'EMBEDDED_PORT_IN_USE' : 'EMBEDDED_START_FAILED';
  return new EmbeddedError(code, `${spec.name} did not start: ${how}. Log: ${spec.logFile}\n${lines}`);
}
