import { expect, test } from '@jest/globals';
import { allGone, descendantsOf, DevFolder, expectToAddUp } from '../fixtures/dev-folder.js';

test('the demo runs on the embedded Kafka, a second start is refused, and Ctrl-C ends everything with 0', async () => {
  await using folder = await DevFolder.create();
  await using dev = folder.dev([]);
  await dev.says('Press Ctrl-C to stop.');
  expect(dev.out).toMatch(/\nready in \d+\.\d s\n/);
  expectToAddUp(folder.summary());
  const started = descendantsOf(dev.pid);
  expect(started.filter(({ command }) => command.includes('java'))).not.toEqual([]);

  await using second = folder.dev(['--no-demo']);
  expect(await second.exited).toBe(1);
  expect(second.err).toMatch(/EMBEDDED_DATA_DIR_IN_USE: .* in use by process \d+.* Stop the run that owns this/);
  expect(folder.runState().pid).toBe(dev.pid);

  dev.signal('SIGINT', 'group');
  expect(await dev.exited).toBe(0);
  expect(folder.has('run.json')).toBe(false);
  await allGone(started.map(({ pid }) => pid));
}, 120_000);

test('when the embedded broker dies it says so with its log, ends with 1 and takes everything along', async () => {
  await using folder = await DevFolder.create();
  await using dev = folder.dev(['--no-demo']);
  await dev.says('Press Ctrl-C to stop.');
  const started = descendantsOf(dev.pid);
  const broker = started.find(({ command }) => command.endsWith('kafka.Kafka server.properties'))!;

  process.kill(broker.pid, 'SIGKILL');

  expect(await dev.exited).toBe(1);
  expect(dev.err).toMatch(/EMBEDDED_DIED: Kafka has died \(signal SIGKILL\)\. Log: .*kafka\.log/);
  expect(dev.err).toContain('Read the log file named above');
  await allGone(started.map(({ pid }) => pid));
}, 120_000);

test('an interrupt while Kafka is still starting leaves nothing behind', async () => {
  await using folder = await DevFolder.create();
  await using dev = folder.dev(['--no-demo']);
  await dev.says('starting Kafka and the registry');
  const started = descendantsOf(dev.pid);

  dev.signal('SIGINT');

  expect(await dev.exited).toBe(0);
  expect(dev.out).not.toContain('ready in');
  await allGone(started.map(({ pid }) => pid));
}, 60_000);
