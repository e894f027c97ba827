import { expect, test } from '@jest/globals';
import { startTestApp } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

test('a lane with too many behind its failed task buries it and goes on', async () => {
  const booked: string[] = [];
  const book = bookTask({ retry: { delaysMs: [60_000] }, hold: { maxBehind: 2 } });
  await using app = await startTestApp({ contracts: [book], handlers: [bookkeeper(book, booked)], partitions: 1 });

  const entries = [entry('ann', 1, 9), entry('ann', 2), entry('ann', 3), entry('ann', 4)];
  const [failed, ...others] = await app.tasks.enqueueMany(book, entries);

  await expect(failed!.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  await Promise.all(others.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(booked).toEqual(['ann 1#1', 'ann 2#1', 'ann 3#1', 'ann 4#1']);
  const [buried, ...more] = await app.buried();
  expect([buried!.row.error.code, more]).toEqual(['LANE_FULL', []]);
});
