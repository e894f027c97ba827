import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { spawnGuarded } from './guard.js';

/** What a finished command said: exit code (or `null` when a signal ended it) and both outputs together. */
export interface RunResult {
  code: number | null;
  output: string;
}

/** Working folder and environment; default: ours. */
export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** Runs a command to its end. Injected, so that tests need neither Java nor Maven. */
export type Run = (command: string, args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/** Runs a real command; it ends with this process. Rejects only when the shell itself cannot be started. */
export const runCommand: Run = async (command, args, options = {}) => {
  const child = await spawnGuarded(command, args, { ...options, output: 'pipe' });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }));
  });
};

/** Absolute path of an executable on `PATH`, if there is one. */
export function findOnPath(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Whether this file exists and may be executed. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
