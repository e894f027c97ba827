import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

const sail = defineTask({ name: 'sail', queue: 'ships', input: 'string', output: 'string', retry: { delaysMs: [] } });
const log: string[] = [];

@Injectable()
class Ship {
  @Handles(sail)
  async sail(to: string, { signal, attempt }: TaskContext): Promise<string> {
    log.push(`sails to ${to}, attempt ${attempt}`);
    if (log.length > 1) return `arrived in ${to}`;
    await once(signal, 'abort');
    throw new Error('called back');
  }
}

test('a handler that outlasts the drain hears its signal, and its task is run again without a lost attempt', async () => {
  const shared = { cluster: testCluster(), contracts: [sail], partitions: 1 };
  await using caller = await startTestApp(shared);
  await using first = await startTestApp({ ...shared, handlers: [Ship], consume: { drainTimeoutMs: 100 } });
  const handle = await caller.tasks.enqueue(sail, 'Jeju');
  await until(() => log.length === 1, { what: 'the ship is at sea' });

  await first.stop();
  await using _second = await startTestApp({ ...shared, handlers: [Ship] });

  expect(await handle.result({ timeoutMs: 20_000 })).toBe('arrived in Jeju');
  expect(log).toEqual(['sails to Jeju, attempt 1', 'sails to Jeju, attempt 1']);
  expect(await caller.buried()).toEqual([]);
});
