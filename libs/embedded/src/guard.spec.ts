import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { spawnGuarded } from './guard.js';
import { findOnPath, runCommand } from './run.js';

describe('spawnGuarded', () => {
  it('ends the command when the pipe of its parent closes', async () => {
    const child = await spawnGuarded('sleep', ['600'], { output: 'pipe' });
    const exit = once(child, 'exit');
    (child.stdio[3] as unknown as { destroy(): void }).destroy();
    expect(await exit).toEqual([null, 'SIGTERM']);
  });

  it('gives the command its own process group', async () => {
    const child = await spawnGuarded('sleep', ['600'], { output: 'pipe' });
    expect(process.kill(-child.pid, 0)).toBe(true);
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    await exit;
  });
});

describe('runCommand', () => {
  it('gives the exit code and both outputs, arguments untouched', async () => {
    const script = 'echo "$1"; echo "$2" >&2; exit 3';
    const { code, output } = await runCommand('sh', ['-c', script, 'sh', 'a  $b', "it's"]);
    expect(code).toBe(3);
    expect(output.split('\n').filter(Boolean).sort()).toEqual(['a  $b', "it's"]);
  });
});

describe('findOnPath', () => {
  it('finds what is there and only that', () => {
    expect(findOnPath('sh', { PATH: '/nowhere:/bin' })).toBe('/bin/sh');
    expect(findOnPath('sh', { PATH: '/nowhere' })).toBeUndefined();
  });
});
