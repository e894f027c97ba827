import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startService, type ServiceSpec } from './service.js';

let folder: string;
let spawned: number[];
let exits: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sunbeon-service-'));
  spawned = [];
  exits = 0;
});
afterEach(() => rm(folder, { recursive: true }));

/** A service made of a shell script that is ready once the file `up` is there. */
function spec(script: string, more: Partial<ServiceSpec> = {}): ServiceSpec {
  return {
    name: 'Fake',
    command: 'sh',
    args: ['-c', script],
    cwd: folder,
    logFile: join(folder, 'fake.log'),
    isReady: async () => existsSync(join(folder, 'up')),
    startTimeoutMs: 5_000,
    stopTimeoutMs: 5_000,
    onSpawn: async (pid) => void spawned.push(pid),
    onExit: async () => void exits++,
    ...more,
  };
}

describe('startService', () => {
  it('waits until it is ready and stops as often as it is asked', async () => {
    const service = await startService(spec('touch up; exec sleep 600'));
    expect(spawned).toEqual([service.pid]);
    await Promise.all([service.stop(), service.stop()]);
    await service.stop();
    expect(await service.exited).toEqual({ code: null, signal: 'SIGTERM' });
    expect(exits).toBe(1);
  });

  it('kills what does not listen', async () => {
    const deaf = `trap '' TERM; touch up; while :; do sleep 0.05; done`;
    const service = await startService(spec(deaf, { stopTimeoutMs: 50 }));
    await service.stop();
    expect(await service.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('tells an end that nobody asked for', async () => {
    const service = await startService(spec('touch up; exec sleep 600'));
    process.kill(service.pid, 'SIGKILL');
    const { error } = await service.exited;
    expect(error).toMatchObject({ code: 'EMBEDDED_DIED', message: expect.stringContaining('SIGKILL') });
    await service.stop();
  });

  it('shows the last log lines of this run when it dies at the start', async () => {
    await writeFile(join(folder, 'fake.log'), 'earlier run\n');
    const start = startService(spec('echo "no such disk"; echo "	at Frame.java"; exit 4'));
    await expect(start).rejects.toMatchObject({
      code: 'EMBEDDED_START_FAILED',
      message: expect.stringMatching(/exit code 4\. Log: .*fake\.log\nno such disk$/),
    });
  });

  it('knows a port that was snatched away', async () => {
    const start = startService(spec('echo "java.net.BindException: Address already in use"; exit 1'));
    await expect(start).rejects.toMatchObject({ code: 'EMBEDDED_PORT_IN_USE' });
  });

  it('gives up after a while and leaves nothing running', async () => {
    const start = startService(spec('exec sleep 600', { startTimeoutMs: 60 }));
    await expect(start).rejects.toMatchObject({ message: expect.stringContaining('not ready after 60 ms') });
    expect(exits).toBe(1);
    expect(() => process.kill(spawned[0] as number, 0)).toThrow('ESRCH');
  });
});
