import { expect, test } from '@jest/globals';
import { deadQueue } from '../fixtures/dead-queue.js';

test('a short list of a long DLQ has its newest records and does not read it all', async () => {
  await using dead = await deadQueue();
  const value = Buffer.alloc(300, 'x');
  for (let from = 0; from < 20_000; from += 2_000)
    await dead.bury(...Array.from({ length: 2_000 }, (_, i) => ({ id: `id${from + i}`, key: `k${i % 50}`, value })));
  await dead.bury({ id: 'last but one', key: 'a' });
  await dead.bury({ id: 'last', key: 'a' });

  const { rows, hasMore, seen } = await dead.letters.list('images', { limit: 2 });
  expect(rows.map(({ id }) => id)).toEqual(['last but one', 'last']);
  expect(hasMore).toBe(true);
  expect(seen).toBeLessThanOrEqual(1_000);

  const first = await dead.letters.list('images', { limit: 2, filter: { id: 'id0' } });
  expect(first).toMatchObject({ rows: [{ id: 'id0' }], hasMore: false, seen: 20_002 }); // it is the oldest: all are looked at
}, 60_000);
