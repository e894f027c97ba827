import { expect, test } from '@jest/globals';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

const ACCOUNTS = ['ann', 'bob', 'cay', 'dan', 'eve', 'fay', 'gus', 'hal'];

test('lanes that wait keep their order and their attempts when a second consumer takes half of the partitions', async () => {
  const [first, second]: [string[], string[]] = [[], []];
  const book = bookTask({ retry: { delaysMs: [5_000] } });
  const shared = { cluster: testCluster(), contracts: [book], partitions: 4 };
  await using one = await startTestApp({ ...shared, handlers: [bookkeeper(book, first)] });
  const entries = ACCOUNTS.flatMap((account) => [entry(account, 1, 1), entry(account, 2)]);
  const handles = await one.tasks.enqueueMany(book, entries);
  await until(() => first.length === ACCOUNTS.length, { what: 'the first entry of each account has failed' });

  await using _two = await startTestApp({ ...shared, handlers: [bookkeeper(book, second)] });
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 30_000 })));

  expect(second.length).toBeGreaterThan(0);
  for (const account of ACCOUNTS) {
    const own = [...first, ...second].filter((booked) => booked.startsWith(account));
    expect(own).toEqual([`${account} 1#1`, `${account} 1#2`, `${account} 2#1`]);
  }
});
