import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { findProgram, freePort, HOST, startProcess } from './process.ts';
import type { Service } from './service.ts';

/** Redis; with its append-only file it loses one second at most when the machine dies, without it everything. */
function redis(name: 'redis' | 'redis-aof', appendonly: 'yes' | 'no'): Service {
  return {
    name,
    missing: () =>
      findProgram('redis-server') === undefined
        ? 'redis-server is missing (Debian, Ubuntu: apt-get install redis-server)'
        : undefined,
    async start(folder) {
      const port = await freePort();
      const path = findProgram('redis-server')!;
      const settings = {
        port,
        bind: HOST,
        dir: folder,
        save: '',
        appendonly,
        appendfsync: 'everysec',
        daemonize: 'no',
      };
      const args = Object.entries(settings).flatMap(([key, value]) => [`--${key}`, String(value)]);
      const logFile = join(folder, 'redis.log');
      const { stop } = await startProcess({ name, path, args, cwd: folder, logFile, port });
      return { version: `Redis ${versionOf(path)}`, address: `redis://${HOST}:${port}`, stop };
    },
  };
}

function versionOf(path: string): string {
  return /v=([\d.]+)/.exec(execFileSync(path, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
}

export const services: readonly Service[] = [redis('redis', 'no'), redis('redis-aof', 'yes')];
