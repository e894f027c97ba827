import { expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@sunbeon/testing';
import { temporaryFolder } from '../folder.fixture.js';
import { AppProcess } from './app-process.js';

const READY = `process.send({ ready: 'http://' + process.pid }); setInterval(() => {}, 1000); process.on('disconnect', () => process.exit());`;

/** An app whose whole program is this script. */
function appOf(script: string) {
  const folder = temporaryFolder();
  const file = join(folder.path, 'app.mjs');
  writeFileSync(file, script);
  const notices: string[] = [];
  const spec = {
    name: 'app',
    file,
    cwd: folder.path,
    env: { GREETING: 'hello' },
    logFolder: join(folder.path, 'logs'),
  };
  const app = new AppProcess(spec, (text) => notices.push(text));
  const log = (): string => readFileSync(join(spec.logFolder, 'app.log'), 'utf8');
  const dispose = async (): Promise<void> => {
    app.kill();
    await app.stop();
    folder[Symbol.dispose]();
  };
  return { app, notices, log, file, [Symbol.asyncDispose]: dispose };
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false; // ESRCH
  }
};

test('an app is ready when it says so, logs to its file, and is gone after the stop', async () => {
  await using one = appOf(
    `console.log(process.env.GREETING); process.on('SIGTERM', () => { console.log('drained'); process.exit(0); }); ${READY}`,
  );
  expect(await one.app.start()).toBe(`http://${one.app.pid}`);
  const pid = one.app.pid!;

  await one.app.stop();
  await one.app.stop();
  expect([one.log(), isAlive(pid), one.notices]).toEqual(['hello\ndrained\n', false, []]);
}, 20_000);

test('one that ends before it is ready fails with the end of its log', async () => {
  await using one = appOf(`for (let i = 1; i <= 30; i++) console.error('line ' + i); process.exitCode = 3;`);
  const error = (await one.app.start().catch((thrown: unknown) => thrown)) as Error;
  expect(error).toMatchObject({ code: 'APP_FAILED', hint: expect.stringContaining('.sunbeon/logs') });
  expect(error.message).toContain('app ended before it was ready (exit code 3)');
  expect(error.message).toMatch(/line 19\n(.*\n)+line 30/);
  expect(error.message).not.toContain('line 18\n');
}, 20_000);

test('one that dies is started again, also when it cannot start for a while, until it is stopped', async () => {
  await using one = appOf(READY);
  await one.app.start();
  const first = one.app.pid!;

  writeFileSync(one.file, 'process.exit(1);');
  process.kill(first, 'SIGKILL');
  await until(() => one.notices.length >= 2, { what: 'a restart fails' });
  writeFileSync(one.file, READY);
  await until(() => one.notices.includes('app is back'), { what: 'the app is back' });
  expect(one.notices[0]).toBe('app died (SIGKILL), starting it again in 500 ms');
  expect(one.notices[1]).toMatch(
    /^app died \(app ended before it was ready \(exit code 1\)[^]*starting it again in 1000 ms$/,
  );
  const second = one.app.pid!;
  expect(second).not.toBe(first);

  await one.app.stop();
  expect([isAlive(second), one.notices.at(-1)]).toEqual([false, 'app is back']);
}, 20_000);
