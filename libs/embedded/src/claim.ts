import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isErrno, unlessErrno } from './errno.js';
import { EmbeddedError } from './errors.js';

/** A start that has not named its service's pid after this long is dead. */
const CLAIM_MS = 60_000;
/** The watcher of an orphan kills it after ten seconds. */
const ORPHAN_MS = 15_000;
/** An owner that was just killed still counts as alive until it is reaped: look again this long before refusing. */
const OWNER_MS = 500;
const POLL_MS = 50;

const PATIENCE_MS = { free: ORPHAN_MS, used: OWNER_MS, ending: ORPHAN_MS };

/** Who uses a data folder: the process that started the service, and the service once it runs. */
export interface ClaimRecord {
  ownerPid: number;
  servicePid?: number;
  claimedAtMs: number;
}

/** The right to use a data folder. */
export interface Claim {
  running(servicePid: number): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes a data folder for one service. Files of killed runs are no hindrance: a record counts only while its process lives and
 * really is the service of this folder (a pid may have gone to somebody else). An orphan that is on its way out is waited for.
 * @throws EmbeddedError EMBEDDED_DATA_DIR_IN_USE
 */
export async function claimDataDir(dataDir: string): Promise<Claim> {
  await mkdir(dataDir, { recursive: true });
  const file = join(dataDir, 'sunbeon.pid');
  const startedAt = performance.now();
  const record: ClaimRecord = { ownerPid: process.pid, claimedAtMs: Date.now() };
  while (!(await tryCreate(file, record))) {
    const holder = await readRecord(file);
    const state = holder === undefined ? 'free' : await judge(holder, dataDir);
    if (performance.now() - startedAt > PATIENCE_MS[state]) throw inUse(dataDir, holder);
    if (state === 'free') await rm(file, { force: true });
    else await delay(POLL_MS);
  }
  return {
    running: (servicePid) => replace(file, { ...record, servicePid }),
    release: () => rm(file, { force: true }),
  };
}

async function judge(holder: ClaimRecord, dataDir: string): Promise<keyof typeof PATIENCE_MS> {
  const { ownerPid, servicePid, claimedAtMs } = holder;
  if (servicePid === undefined) {
    return isAlive(ownerPid) && Date.now() - claimedAtMs < CLAIM_MS ? 'used' : 'free';
  }
  if (!isAlive(servicePid) || !(await commandLine(servicePid)).includes(dataDirFlag(dataDir))) return 'free';
  return isAlive(ownerPid) ? 'used' : 'ending';
}

/** A JVM flag without effect, by which a process is known to be the service of this data folder. */
export function dataDirFlag(dataDir: string): string {
  return `-Dsunbeon.dataDir=${dataDir}`;
}

/** The command line of a process; empty when it is gone. */
async function commandLine(pid: number): Promise<string> {
  if (existsSync('/proc/self/cmdline')) {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return text.replaceAll('\0', ' ');
  }
  const ps = promisify(execFile)('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return ps.then(({ stdout }) => stdout).catch(() => '');
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

async function readRecord(file: string): Promise<ClaimRecord | undefined> {
  const text = await unlessErrno('ENOENT', readFile(file, 'utf8'));
  try {
    return text === undefined ? undefined : (JSON.parse(text) as ClaimRecord);
  } catch {
    return undefined; // Not ours, or cut off when the machine stopped.
  }
}

/** A link appears with its whole content at once, so no reader takes a half-written record for a broken one. */
async function tryCreate(file: string, record: ClaimRecord): Promise<boolean> {
  const temp = `${file}.${randomUUID()}`;
  await writeFile(temp, JSON.stringify(record));
  try {
    await link(temp, file);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(temp, { force: true });
  }
}

async function replace(file: string, record: ClaimRecord): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(record));
  await rename(`${file}.new`, file);
}

function inUse(dataDir: string, holder: ClaimRecord | undefined): EmbeddedError {
  const who = holder === undefined ? 'another process' : `process ${holder.ownerPid}`;
  const service = holder?.servicePid === undefined ? '' : ` (its service is process ${holder.servicePid})`;
  return new EmbeddedError('EMBEDDED_DATA_DIR_IN_USE', `${dataDir} is in use by ${who}${service}.`);
}
