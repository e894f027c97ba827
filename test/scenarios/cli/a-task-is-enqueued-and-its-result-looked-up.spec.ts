import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { startApp, sunbeon } from '../fixtures/program.js';

test('enqueue sends a task, --wait brings its result, and result finds it afterwards', async () => {
  const cluster = testCluster();
  await using _consumer = await startApp('consumer', cluster);

  const waited = await sunbeon(cluster, 'enqueue', 'math.add', '{"a":2,"b":40}', '--wait', '--json');
  const done = { contract: 'math.add', status: 'succeeded', attempt: 1, output: { sum: 42 } };
  expect(waited.code).toBe(0);
  expect(waited.json()).toMatchObject({ ...done, id: expect.stringMatching(/^[0-9a-f-]{36}$/) });

  const found = await sunbeon(cluster, 'result', waited.json().id, '--json');
  expect(found.code).toBe(0);
  expect(found.json()).toEqual(waited.json());

  const sent = await sunbeon(cluster, 'enqueue', 'math.add', '{"a":1,"b":1}', '--json');
  expect(sent.json()).toEqual({ id: expect.any(String), contract: 'math.add', queue: 'math', status: 'queued' });
}, 60_000);
