import { expect, test } from '@jest/globals';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { testCluster } from '@sunbeon/testing';
import { buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

test('a replay goes to another topic, and asks for one attempt, where it is told to', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 3, { headers: (a) => ({ batch: a < 2 ? 'x' : 'y' }) });
  await (await dead.road.admin()).createTopics([{ topic: `${cluster.prefix}lab`, partitions: 1 }]);

  const args = ['dlq', 'replay', 'math', '--header', 'batch=x', '--to', 'lab', '--once', '--json'];
  const { code, json } = await sunbeon(cluster, ...args);

  expect(code).toBe(0);
  expect(json()).toEqual({ matched: 2, replayed: 2, skipped: 0, failed: 0 });
  const moved = await dead.read('lab');
  expect(moved.map(({ headers }) => headerText(headers, HEADER.maxAttempts))).toEqual(['1', '1']);
  expect(await dead.read('math')).toEqual([]);

  const missing = await sunbeon(cluster, 'dlq', 'replay', 'math', '--to', 'nowhere');
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining('TOPIC_MISSING') });
}, 60_000);
