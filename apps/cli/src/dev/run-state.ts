import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a running `sunbeon dev` says about itself, in `.sunbeon/run.json`. */
export interface RunState {
  readonly pid: number;
  readonly brokers: string;
  readonly registryUrl: string | undefined;
  readonly api: string | undefined;
  readonly console: string | undefined;
  /** Process ids of the apps by name. */
  readonly apps: Readonly<Record<string, number>>;
}

const FILE = join('.sunbeon', 'run.json');

export function writeRunState(folder: string, state: RunState): void {
  mkdirSync(join(folder, '.sunbeon'), { recursive: true });
  writeFileSync(join(folder, FILE), `${JSON.stringify(state, null, 2)}\n`);
}

/** Removes our own; that of another `sunbeon dev` in the same folder stays. */
export function removeRunState(folder: string, pid: number): void {
  if (read(join(folder, FILE))?.pid === pid) rmSync(join(folder, FILE), { force: true });
}

/** The state of the `sunbeon dev` that runs in this folder or above; undefined when none does. A file left by a kill is none. */
export function readRunState(start: string): RunState | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    const state = read(join(folder, FILE));
    if (state !== undefined && isAlive(state.pid)) return state;
    if (dirname(folder) === folder) return undefined;
  }
}

function read(file: string): RunState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunState;
  } catch {
    return undefined; // absent, or half written by a kill: as good as none
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, but somebody else's
  }
}
