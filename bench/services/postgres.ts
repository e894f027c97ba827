import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, freePort, HOST, startProcess } from './process.ts';
import type { Service } from './service.ts';

/** Debian keeps every version's programs in a folder of its own. */
const DEBIAN = '/usr/lib/postgresql';
/** PostgreSQL refuses to run as root: these are tried in this order. */
const UNPRIVILEGED = ['postgres', 'nobody'];

/** PostgreSQL as it comes: a commit is on the disk before it is acknowledged (fsync, synchronous_commit). */
const postgres: Service = {
  name: 'postgres',
  missing: () =>
    find('initdb') === undefined ? 'PostgreSQL is missing (Debian, Ubuntu: apt-get install postgresql)' : undefined,
  async start(folder) {
    const user = unprivileged();
    const data = join(folder, 'data');
    await mkdir(data);
    if (user !== undefined) {
      for (let path = data; path.includes('sunbeon-bench'); path = join(path, '..')) await chmod(path, 0o711);
      await chown(data, user.uid, user.gid);
    }
    const init = ['-D', data, '-U', 'bench', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-instructions'];
    execFileSync(find('initdb')!, init, { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    const port = await freePort();
    const { stop } = await startProcess({
      name: 'postgres',
      path: find('postgres')!,
      args: ['-D', data, '-h', HOST, '-p', String(port), '-k', ''],
      cwd: '/',
      logFile: join(folder, 'postgres.log'),
      port,
      stopSignal: 'SIGINT', // does not wait for clients to go
      ...user,
    });
    return { version: `PostgreSQL ${versionOf()}`, address: `postgres://bench@${HOST}:${port}/postgres`, stop };
  },
};

function find(name: string): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return findProgram(name, versions.map((version) => join(DEBIAN, version, 'bin'))); // prettier-ignore
}

function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of UNPRIVILEGED) {
    const [uid, gid] = ['-u', '-g'].map((flag) => idOf(flag, name));
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

function idOf(flag: string, name: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
}

function versionOf(): string {
  return /\s([\d.]+)/.exec(execFileSync(find('postgres')!, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown';
}

export const services: readonly Service[] = [postgres];
