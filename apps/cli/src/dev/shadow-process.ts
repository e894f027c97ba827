import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { ShadowReport } from '@sunbeon/core/shadow';
import type { Failure } from '@sunbeon/core';
import { AppFailed, type AppSpec, logTail } from './app-process.js';

/**
 * Runs an app once as a shadow. It ends when we do: it has a channel to us.
 * @throws AppFailed with the end of its log when it ends without a report
 */
export function runShadow(spec: AppSpec): Promise<ShadowReport & { readonly error?: Failure }> {
  const { name, file, cwd, env, logFolder } = spec;
  mkdirSync(logFolder, { recursive: true });
  const log = openSync(join(logFolder, `${name}.log`), 'w');
  const args = ['--enable-source-maps', '--disable-warning=ExperimentalWarning', file];
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', log, log, 'ipc'] }); // prettier-ignore
  closeSync(log);
  return new Promise((resolve, reject) => {
    let report: ShadowReport | undefined;
    child.on('message', ({ shadow }: { readonly shadow?: ShadowReport }) => (report = shadow ?? report));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (report !== undefined) resolve(report);
      else reject(new AppFailed(name, signal ?? `exit code ${code}`, logTail(spec), 'done'));
    });
  });
}
