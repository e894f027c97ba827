import { randomUUID } from 'node:crypto';
import { rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isErrno, unlessErrno } from './errno.js';

const BEAT_MS = 1_000;
/** A holder that has not touched its lock for this long is dead (killed, or the machine was switched off). */
const STALE_MS = 10_000;
const POLL_MS = 200;

/**
 * Runs `work` while this process holds the lock file; others wait. The holder keeps touching the file, so a lock left by a
 * killed process is taken over by age and never by pid (a pid means nothing after a reboot or in another container).
 */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!(await tryTake(path))) {
    await breakIfStale(path);
    await delay(POLL_MS);
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch((error: unknown) => {
      if (!isErrno(error, 'ENOENT')) throw error;
    });
  }, BEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(beat);
    await rm(path, { force: true });
  }
}

async function tryTake(path: string): Promise<boolean> {
  try {
    await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  }
}

async function breakIfStale(path: string): Promise<void> {
  const info = await unlessErrno('ENOENT', stat(path));
  if (info === undefined || Date.now() - info.mtimeMs < STALE_MS) return;
  // Moving it away first lets one of several waiters win.
  const aside = `${path}.${randomUUID()}`;
  await unlessErrno('ENOENT', rename(path, aside));
  await rm(aside, { force: true });
}
