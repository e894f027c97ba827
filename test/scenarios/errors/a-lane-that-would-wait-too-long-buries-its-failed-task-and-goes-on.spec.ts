import { expect, test } from '@jest/globals';
import { startTestApp } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

test('a lane that would wait for longer than it may buries its failed task and goes on', async () => {
  const booked: string[] = [];
  const book = bookTask({ retry: { delaysMs: [200, 60_000] }, hold: { maxMs: 5_000 } });
  await using app = await startTestApp({ contracts: [book], handlers: [bookkeeper(book, booked)], partitions: 1 });

  const [failed, next] = await app.tasks.enqueueMany(book, [entry('ann', 1, 9), entry('ann', 2)]);

  await expect(failed!.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  await next!.result({ timeoutMs: 20_000 });
  expect(booked).toEqual(['ann 1#1', 'ann 1#2', 'ann 2#1']);
  const [buried, ...more] = await app.buried();
  expect([buried!.row, more]).toMatchObject([{ attempts: 2, error: { code: 'HANDLER_FAILED' } }, []]);
});
