import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../folder.fixture.js';
import { readRunState, removeRunState, type RunState, writeRunState } from './run-state.js';

const state = (pid: number): RunState => ({ pid, brokers: 'b:1', registryUrl: 'r', api: 'a', console: 'c', apps: { x: 1 } }); // prettier-ignore

test('a running session is found from its folder and from below', () => {
  using folder = temporaryFolder();
  writeRunState(folder.path, state(process.pid));
  mkdirSync(join(folder.path, 'deep'));
  expect(readRunState(join(folder.path, 'deep'))).toEqual(state(process.pid));
});

test('what a kill left behind is no session: a dead process, half a file', () => {
  using folder = temporaryFolder();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeRunState(folder.path, state(dead));
  expect(readRunState(folder.path)).toBeUndefined();
  writeFileSync(join(folder.path, '.sunbeon', 'run.json'), '{"pid":');
  expect(readRunState(folder.path)).toBeUndefined();
});

test('a session removes its own state only', () => {
  using folder = temporaryFolder();
  writeRunState(folder.path, state(process.pid));
  removeRunState(folder.path, process.pid + 1);
  expect(readRunState(folder.path)).toBeDefined();
  removeRunState(folder.path, process.pid);
  removeRunState(folder.path, process.pid);
  expect(readRunState(folder.path)).toBeUndefined();
});
