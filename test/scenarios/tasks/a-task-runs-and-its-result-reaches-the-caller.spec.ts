import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const add = defineTask({
  name: 'add',
  queue: 'sums',
  input: {
    type: 'record',
    name: 'Add',
    fields: [
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double' },
    ],
  },
  output: { type: 'record', name: 'Sum', fields: [{ name: 'sum', type: 'double' }] },
});

@Injectable()
class Adder {
  @Handles(add)
  add({ a, b }: PayloadOf<typeof add>) {
    return { sum: a + b };
  }
}

test('a task runs in another process’s worker and its result reaches the caller', async () => {
  const cluster = testCluster();
  await using worker = await startTestApp({ cluster, contracts: [add], handlers: [Adder] });
  await using caller = await startTestApp({ cluster, contracts: [add] });

  const handle = await caller.tasks.enqueue(add, { a: 2, b: 40 });

  expect(await handle.result({ timeoutMs: 20_000 })).toEqual({ sum: 42 });
  expect(await handle.lookup()).toMatchObject({ id: handle.id, contract: 'add', status: 'succeeded', attempt: 1 });
  expect(await worker.buried()).toEqual([]);
});
