import { expect, test } from '@jest/globals';
import { startTestApp, until } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

test('what waits behind a buried task is buried with it if its policy says so, and what is sent later runs', async () => {
  const booked: string[] = [];
  const book = bookTask({ retry: { delaysMs: [500] }, hold: { then: 'bury' } });
  await using app = await startTestApp({ contracts: [book], handlers: [bookkeeper(book, booked)], partitions: 1 });

  await app.tasks.enqueueMany(book, [entry('ann', 1, 9), entry('ann', 2), entry('bob', 1), entry('ann', 3)]);
  await until(async () => (await app.buried()).length === 3, { what: 'three of the account are buried' });
  const later = await app.tasks.enqueue(book, entry('ann', 4));
  await later.result({ timeoutMs: 20_000 });

  expect(booked).toEqual(['ann 1#1', 'bob 1#1', 'ann 1#2', 'ann 4#1']);
  const codes = (await app.buried()).map(({ row }) => row.error.code);
  expect(codes).toEqual(['HANDLER_FAILED', 'LANE_BURIED', 'LANE_BURIED']);
});
