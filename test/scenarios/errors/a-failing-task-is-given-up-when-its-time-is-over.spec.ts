import { expect, test } from '@jest/globals';
import { startTestApp } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

test('a failing task is given up when its total time is over, however many attempts it has left', async () => {
  const booked: string[] = [];
  const book = bookTask({ retry: { delaysMs: [200], maxAttempts: 1_000, maxTotalMs: 1_000 } });
  await using app = await startTestApp({ contracts: [book], handlers: [bookkeeper(book, booked)] });

  const handle = await app.tasks.enqueue(book, entry('ann', 1, 1_000));

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  expect(booked.length).toBeGreaterThanOrEqual(2);
  expect(booked.length).toBeLessThanOrEqual(6); // the first, and one each 200 ms of a second
});
