import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { additionsIn, buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

test('a second replay of the same record, by another process, sends nothing; --again sends it once more', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 4);
  const replay = async (...args: string[]) => (await sunbeon(cluster, 'dlq', 'replay', ...args, '--json')).json();
  const first = `${dead.dlq}/0/0`; // a = 0

  expect(await replay(first)).toEqual({ matched: 1, replayed: 1, skipped: 0, failed: 0 });
  expect(await replay(first)).toEqual({ matched: 1, replayed: 0, skipped: 1, failed: 0 });
  expect(await replay('math', '--dry-run')).toEqual({ matched: 4, replayed: 0, skipped: 1, failed: 0 });
  expect(await replay('math')).toEqual({ matched: 4, replayed: 3, skipped: 1, failed: 0 });
  expect(await replay(first, `${dead.dlq}/1/1`)).toMatchObject({ replayed: 0, skipped: 2 });
  expect(additionsIn(await dead.read('math'))).toEqual([0, 1, 2, 3]);

  expect(await replay(first, '--again')).toEqual({ matched: 1, replayed: 1, skipped: 0, failed: 0 });
  expect(additionsIn(await dead.read('math'))).toEqual([0, 0, 1, 2, 3]);
}, 60_000);
