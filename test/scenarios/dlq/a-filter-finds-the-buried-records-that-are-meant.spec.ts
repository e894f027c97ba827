import { expect, test } from '@jest/globals';
import { deadQueue } from '../fixtures/dead-queue.js';
import { sunbeon } from '../fixtures/program.js';

test('a filter finds the buried records that are meant, by each thing that is known of them', async () => {
  await using dead = await deadQueue();
  await dead.bury(
    { id: 'a', key: 'seoul', error: 'TypeError', attempt: 1, headers: { tenant: ['red', 'blue'] } },
    { id: 'b', key: 'busan', error: 'TypeError', attempt: 3, message: 'no photo 7' },
    { id: 'c', key: 'busan', error: 'RangeError', attempt: 5, headers: { ce_type: 'image.other' } },
  );
  const ids = async (...flags: string[]): Promise<string[]> =>
    (await sunbeon(dead.cluster, 'dlq', 'ls', 'images', ...flags, '--json')).json().map(({ id }: { id: string }) => id);
  const all = (await sunbeon(dead.cluster, 'dlq', 'ls', 'images', '--json')).json();
  const [{ fingerprint }] = all.filter(({ id }: { id: string }) => id === 'b').map(({ error }: { error: object }) => error); // prettier-ignore
  const asked: readonly (readonly [flags: string[], found: string[]])[] = [
    [
      ['--key', 'busan'],
      ['b', 'c'],
    ],
    [
      ['--error', 'TypeError'],
      ['a', 'b'],
    ],
    [['--error', 'HANDLER_FAILED', '--key', 'seoul'], ['a']],
    [['--contract', 'image.other'], ['c']],
    [['--header', 'tenant=blue'], ['a']],
    [
      ['--attempts', '3+'],
      ['b', 'c'],
    ],
    [['--attempts', '1-3', '--id', 'b'], ['b']],
    [['--fingerprint', fingerprint], ['b']],
    [['--since', '10m', '--error', 'RangeError'], ['c']],
    [['--until', '10m'], []],
  ];

  for (const [flags, found] of asked) expect([flags, (await ids(...flags)).sort()]).toEqual([flags, found]);

  const wrong = await sunbeon(dead.cluster, 'dlq', 'ls', 'images', '--since', 'yesterday');
  expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining('OPTION_INVALID: --since got "yesterday".') });
}, 120_000);
