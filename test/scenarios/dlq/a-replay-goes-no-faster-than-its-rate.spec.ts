import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

test('a replay goes no faster than its rate, and what takes more than two seconds says how far it is', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 300);

  const { code, err } = await sunbeon(cluster, 'dlq', 'replay', 'math', '--rate', '50');

  expect(code).toBe(0);
  expect(err).toMatch(/^should this process die: sunbeon dlq replay --resume [0-9a-f-]{36}$/m);
  expect(err).toMatch(/^\d+ of 300 looked at, \d+ matched, \d+ done, 0 failed$/m);
  const times = (await dead.read('math')).map(({ timestampMs }) => timestampMs).sort((a, b) => a - b);
  expect(times).toHaveLength(300);
  const seconds = (times.at(-1)! - times[0]!) / 1_000;
  expect(seconds).toBeGreaterThan(5.8); // 300 at 50 a second, of which a tenth of a second's share goes at once
}, 60_000);
