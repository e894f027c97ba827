import { expect, test } from '@jest/globals';
import { startTestApp, testCluster, until } from '@sunbeon/testing';
import { bookkeeper, bookTask, entry } from '../fixtures/ledger.js';

test('a lane that waits goes on waiting under the next consumer: no attempt is lost, none is early, the order is kept', async () => {
  const [first, second]: string[][] = [[], []];
  const book = bookTask({ retry: { delaysMs: [100, 3_000] } });
  const shared = { cluster: testCluster(), contracts: [book], partitions: 1 };
  await using caller = await startTestApp(shared);
  const before = await startTestApp({ ...shared, handlers: [bookkeeper(book, first!)] });
  const handles = await caller.tasks.enqueueMany(book, [entry('ann', 1, 2), entry('ann', 2)]);
  await until(() => first!.length === 2, { what: 'two attempts have failed' });
  const failedMs = Date.now();
  await before.stop();

  await using _after = await startTestApp({ ...shared, handlers: [bookkeeper(book, second!)] });
  handles.push(...(await caller.tasks.enqueueMany(book, [entry('ann', 3), entry('bob', 1)])));
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  expect(Date.now() - failedMs).toBeGreaterThanOrEqual(2_900);
  expect(first).toEqual(['ann 1#1', 'ann 1#2']);
  expect(second!.filter((one) => one.startsWith('ann'))).toEqual(['ann 1#3', 'ann 2#1', 'ann 3#1']);
  expect(second![0]).toBe('bob 1#1'); // it did not wait
});
