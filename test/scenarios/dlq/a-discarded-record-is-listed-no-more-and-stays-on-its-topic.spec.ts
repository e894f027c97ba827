import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { additionsIn, buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

test('a discarded record is neither listed nor replayed any more, without --all; it stays on its topic', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 4, { partitions: 1 });
  const offsets = async (...args: string[]) =>
    (await sunbeon(cluster, 'dlq', 'ls', 'math', ...args, '--json')).json().map(({ offset }: { offset: number }) => offset); // prettier-ignore

  const bare = await sunbeon(cluster, 'dlq', 'discard', `${dead.dlq}/0/1`);
  expect(bare).toMatchObject({ code: 1, err: expect.stringContaining('--reason') });
  const addresses = [`${dead.dlq}/0/1`, `${dead.dlq}/0/2`];
  const discarded = await sunbeon(cluster, 'dlq', 'discard', ...addresses, '--reason', 'test data');
  expect(discarded).toMatchObject({ code: 0, out: 'matched 2, discarded 2\n' });
  const again = await sunbeon(cluster, 'dlq', 'discard', ...addresses, '--reason', 'test data', '--json');
  expect(again.json()).toEqual({ matched: 2, discarded: 0, skipped: 2 });

  expect(await offsets()).toEqual([0, 3]);
  expect(await offsets('--all')).toEqual([0, 1, 2, 3]);
  expect(await dead.read('math.dlq')).toHaveLength(4);
  const replay = async (...args: string[]) => (await sunbeon(cluster, 'dlq', 'replay', ...args, '--json')).json();
  expect(await replay('math')).toEqual({ matched: 2, replayed: 2, skipped: 0, failed: 0 });
  const { out } = await sunbeon(cluster, 'dlq', 'ls', 'math', '--all');
  expect(out.match(/ (open|replayed|discarded) /g)).toEqual([' replayed ', ' discarded ', ' discarded ', ' replayed ']);
  expect((await sunbeon(cluster, 'dlq', 'show', `${dead.dlq}/0/1`)).json()).toMatchObject({ disposition: 'discarded' });
  expect(await replay(`${dead.dlq}/0/1`, '--all')).toEqual({ matched: 1, replayed: 1, skipped: 0, failed: 0 });
  expect(additionsIn(await dead.read('math'))).toEqual([0, 1, 3]);
}, 60_000);
