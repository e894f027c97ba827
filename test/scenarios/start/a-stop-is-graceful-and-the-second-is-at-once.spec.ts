import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { testCluster, until } from '@sunbeon/testing';
import { allGone, descendantsOf, DevFolder } from '../fixtures/dev-folder.js';

test('an interrupt of the process alone stops all apps with 0, and a second one stops at once', async () => {
  const cluster = testCluster();
  await using folder = await DevFolder.create();
  await using dev = folder.dev(['--no-demo'], cluster);
  await dev.says('Press Ctrl-C to stop.');
  const first = descendantsOf(dev.pid);
  dev.signal('SIGINT');
  expect(await dev.exited).toBe(0);
  await allGone(first.map(({ pid }) => pid));

  await using again = folder.dev(['--no-demo'], cluster);
  await again.says('Press Ctrl-C to stop.');
  const second = descendantsOf(again.pid);
  // Apps that do not answer: without force their stop would take as long as they like.
  for (const pid of Object.values(folder.runState().apps)) process.kill(pid, 'SIGSTOP');
  again.signal('SIGINT');
  await again.says('stopping …');
  // Within a moment of the first it is the same key press, so it is sent until it is heard.
  await until(() => (again.signal('SIGINT'), !again.isRunning), { what: 'it stops at once', timeoutMs: 5_000 });
  expect(await again.exited).toBe(130);
  await allGone(second.map(({ pid }) => pid));
}, 90_000);

test('a port in use is named with what to do, and nothing that was started stays', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await using folder = await DevFolder.create(port);
  await using dev = folder.dev(['--no-demo'], testCluster());

  expect(await dev.exited).toBe(1);
  expect(dev.err).toContain(
    `Port ${port} for producer is in use. End what listens there, or choose another: npm start`,
  );
  expect(dev.err).not.toMatch(/\n\s+at /);
  expect(folder.has('run.json')).toBe(false);
  taken.close();
}, 60_000);
