import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { additionsIn, buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

const COUNT = 6_000;

test('two operators replay one queue at the same time, and each record is sent once', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, COUNT);
  const replay = async () => (await sunbeon(cluster, 'dlq', 'replay', 'math', '--rate', '2000', '--json')).json();

  const counts = await Promise.all([replay(), replay()]);

  expect(additionsIn(await dead.read('math'))).toEqual(Array.from({ length: COUNT }, (_, a) => a));
  expect(counts.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(COUNT);
}, 90_000);
