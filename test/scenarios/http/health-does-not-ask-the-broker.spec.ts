import { expect, test } from '@jest/globals';
import { startServices } from '@sunbeon/embedded';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCluster } from '@sunbeon/testing';
import { startApp } from '../fixtures/program.js';
import { documentOf, post } from '../fixtures/door.js';

test('the door stays alive and ready while the broker is away, and says 503 for what it cannot send', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-health-'));
  await using own = await startServices({ dataDir });
  const cluster = { ...testCluster(), brokers: [own.kafka.brokers], registryUrl: own.registry.url };
  await using door = await startApp('producer', cluster);
  await own.kafka.stop();

  const health = await Promise.all(['live', 'ready', 'startup'].map((of) => fetch(`${door.url}/health/${of}`)));
  expect(health.map(({ status }) => status)).toEqual([200, 200, 200]);
  const refused = await post(`${door.url}/tasks/math.add`, '{"a":1,"b":2}');
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/);
  expect((await documentOf(refused)).code).toMatch(/^(SEND_FAILED|BROKER_UNREACHABLE|DELIVERY_TIMEOUT)$/);

  await own.stop();
  await rm(dataDir, { recursive: true });
}, 90_000);
