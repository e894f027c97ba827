import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

const sort = defineTask({ name: 'sort', queue: 'mail', input: 'int', output: 'int' });
const seen: number[] = [];

@Injectable()
class Sorter {
  @Handles(sort)
  async sort(letter: PayloadOf<typeof sort>): Promise<number> {
    await new Promise((resume) => setImmediate(resume));
    seen.push(letter);
    return letter;
  }
}

test('a backlog that is larger than what may wait in memory is worked off, each task once', async () => {
  const shared = { cluster: testCluster(), contracts: [sort] };
  await using caller = await startTestApp(shared);
  const letters = Array.from({ length: 2_000 }, (_, letter) => letter);
  // In several requests, for one request is one fetch.
  const handles = [];
  for (let at = 0; at < letters.length; at += 100) {
    handles.push(...(await caller.tasks.enqueueMany(sort, letters.slice(at, at + 100))));
  }

  await using worker = await startTestApp({
    ...shared,
    handlers: [Sorter],
    consume: { concurrency: 5, maxWaiting: 10 },
  });

  const results = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(results).toEqual(letters);
  expect(seen.toSorted((a, b) => a - b)).toEqual(letters);
  // A result is with its caller a moment before its lane is free.
  const idle = () => worker.transport.health().every(({ waiting, running }) => waiting + running === 0);
  await until(idle, { what: 'nothing waits or runs any more' });
});
