import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

const bake = defineTask({ name: 'bake', queue: 'oven', input: 'string' });
const gate = Promise.withResolvers<null>();
const started: string[] = [];
const finished: string[] = [];

@Injectable()
class Baker {
  @Handles(bake)
  async bake(what: PayloadOf<typeof bake>): Promise<null> {
    started.push(what);
    await gate.promise;
    finished.push(what);
    return null;
  }
}

test('a graceful stop lets running handlers finish, starts nothing new, and nothing runs twice', async () => {
  const shared = { cluster: testCluster(), contracts: [bake], partitions: 1 };
  await using caller = await startTestApp(shared);
  await using first = await startTestApp({ ...shared, handlers: [Baker], consume: { concurrency: 2 } });
  const handles = await caller.tasks.enqueueMany(bake, ['bread', 'cake', 'pie']);
  await until(() => started.length === 2, { what: 'the oven is full' });

  const stopped = first.stop();
  gate.resolve(null);
  await stopped;
  expect(finished).toEqual(['bread', 'cake']);

  await using _second = await startTestApp({ ...shared, handlers: [Baker] });
  await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(started).toEqual(['bread', 'cake', 'pie']);
});
