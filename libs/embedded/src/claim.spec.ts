import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimDataDir, dataDirFlag, type ClaimRecord } from './claim.js';

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-claim-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

const leave = (record: Partial<ClaimRecord>) =>
  writeFile(
    join(dataDir, 'sunbeon.pid'),
    JSON.stringify({ ownerPid: process.pid, claimedAtMs: Date.now(), ...record }),
  );

/** The pid of a process that is gone. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid as number;
}

/** A process that looks like the service of the folder. */
async function fakeService() {
  const child = spawn(process.execPath, ['-e', 'console.log(1); process.stdin.resume()', '--', dataDirFlag(dataDir)]);
  await once(child.stdout, 'data');
  const end = async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { pid: child.pid as number, [Symbol.asyncDispose]: end };
}

describe('claimDataDir', () => {
  it('notes who holds the folder and gives it back', async () => {
    const claim = await claimDataDir(dataDir);
    await claim.running(4_242);
    const record = JSON.parse(await readFile(join(dataDir, 'sunbeon.pid'), 'utf8'));
    expect(record).toMatchObject({ ownerPid: process.pid, servicePid: 4_242 });
    await claim.release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('refuses a folder that is being started, and says by whom', async () => {
    await claimDataDir(dataDir);
    await expect(claimDataDir(dataDir)).rejects.toMatchObject({
      code: 'EMBEDDED_DATA_DIR_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    });
  });

  it('gives the folder to one of two that come at once', async () => {
    const results = await Promise.allSettled([claimDataDir(dataDir), claimDataDir(dataDir)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('refuses a folder whose service runs', async () => {
    await using service = await fakeService();
    await leave({ servicePid: service.pid });
    await expect(claimDataDir(dataDir)).rejects.toMatchObject({
      message: expect.stringContaining(`process ${service.pid}`),
    });
  });

  it('waits for an orphan that is on its way out', async () => {
    const service = await fakeService();
    await leave({ ownerPid: await deadPid(), servicePid: service.pid });
    const claim = claimDataDir(dataDir).then(() => 'claimed');
    await service[Symbol.asyncDispose]();
    expect(await claim).toBe('claimed');
  });

  it.each([
    ['of a service that is gone', async () => ({ servicePid: await deadPid() })],
    ['whose pid went to somebody else', async () => ({ servicePid: process.pid })],
    ['of a start that was killed', async () => ({ ownerPid: await deadPid() })],
    ['of a start that never ended', async () => ({ claimedAtMs: 0 })],
  ])('is not hindered by a record %s', async (_name, record) => {
    await leave(await record());
    await expect(claimDataDir(dataDir)).resolves.toBeDefined();
  });

  it('is not hindered by a broken record', async () => {
    await writeFile(join(dataDir, 'sunbeon.pid'), '{"own');
    await expect(claimDataDir(dataDir)).resolves.toBeDefined();
  });
});
