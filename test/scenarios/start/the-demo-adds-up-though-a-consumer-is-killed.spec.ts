import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { allGone, descendantsOf, DevFolder, expectToAddUp } from '../fixtures/dev-folder.js';

test('on the user’s own cluster the demo adds up, also when a consumer is killed in the middle', async () => {
  await using folder = await DevFolder.create();
  await using dev = folder.dev(['--once'], testCluster());
  await dev.says('→ flight.recorded');
  const started = descendantsOf(dev.pid);
  expect(started.filter(({ command }) => command.includes('java'))).toEqual([]);
  process.kill(folder.runState().apps['consumer-1']!, 'SIGKILL');

  expect(await dev.exited).toBe(0);
  expect(dev.out).toContain('consumer-1 died (SIGKILL), starting it again');
  expectToAddUp(folder.summary());
  expect([folder.has('kafka'), folder.has('registry'), folder.has('run.json')]).toEqual([false, false, false]);
  await allGone(started.map(({ pid }) => pid));
}, 120_000);

test('without a registry the values are plain JSON, and the demo adds up', async () => {
  await using folder = await DevFolder.create();
  await using dev = folder.dev(['--once'], testCluster(), { SCHEMA_REGISTRY_URL: '' });

  expect(await dev.exited).toBe(0);
  expect(dev.out).toContain('none: values are plain JSON');
  expectToAddUp(folder.summary());
}, 120_000);
