import { spawn, type ChildProcess } from 'node:child_process';
import { isErrno } from './errno.js';

/**
 * The shell becomes the command itself (`exec`), so its pid, exit code and signal are the real ones. Beside it a watcher
 * reads a pipe that only our process holds: when we end in any way, `kill -9` included, the pipe closes and the watcher ends the
 * command (`$$` is the pid of the shell, hence of the command), the hard way after ten seconds.
 */
const GUARD = `
( trap '' HUP INT TERM
  cat <&3 >/dev/null
  kill -TERM $$
  i=0
  while [ $i -lt 10 ]; do kill -0 $$ || exit 0; sleep 1; i=$((i+1)); done
  kill -KILL $$
) >/dev/null 2>&1 </dev/null &
exec "$@" 3<&-
`;

/** How to start a command: working folder, environment, and a file descriptor or `pipe` for stdout and stderr. */
export interface GuardedOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  output: number | 'pipe';
}

/** A started child with a pid. */
export type GuardedChild = ChildProcess & { pid: number };

/**
 * Starts a command that cannot outlive this process. It gets a process group of its own, so that a Ctrl-C in the terminal reaches
 * only us and we decide when it ends. Works where there is a POSIX `sh` (Linux, macOS).
 */
export function spawnGuarded(command: string, args: readonly string[], options: GuardedOptions): Promise<GuardedChild> {
  const { cwd, env, output } = options;
  const child = spawn('sh', ['-c', GUARD, 'sh', command, ...args], {
    detached: true,
    stdio: ['ignore', output, output, 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env }),
  });
  child.once('exit', () => killGroup(child.pid));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child as GuardedChild));
  });
}

/** Ends a guarded command with its watcher and whatever it started, at once. A group that is gone already is fine. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // macOS answers EPERM for a group of zombies.
    if (!isErrno(error, 'ESRCH') && !isErrno(error, 'EPERM')) throw error;
  }
}
