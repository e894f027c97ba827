import { expect, test } from '@jest/globals';
import { startTestApp } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

test('later tasks of a key wait for the one that failed, other keys flow', async () => {
  const booked: string[] = [];
  const book = bookTask({ retry: { delaysMs: [1_000] } });
  await using app = await startTestApp({ contracts: [book], handlers: [bookkeeper(book, booked)], partitions: 1 });

  const entries = [entry('ann', 1, 1), entry('ann', 2), entry('bob', 1), entry('ann', 3), entry('bob', 2)];
  const handles = await app.tasks.enqueueMany(book, entries);
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  expect(booked.filter((one) => one.startsWith('ann'))).toEqual(['ann 1#1', 'ann 1#2', 'ann 2#1', 'ann 3#1']);
  expect(booked.slice(0, 3).sort()).toEqual(['ann 1#1', 'bob 1#1', 'bob 2#1']);
});
