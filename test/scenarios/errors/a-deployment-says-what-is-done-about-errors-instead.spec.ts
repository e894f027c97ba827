import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const sync = defineTask({ name: 'sync', queue: 'syncs', input: 'string', retry: { delaysMs: [60_000] } });

@Injectable()
class Sync {
  @Handles(sync)
  sync(): null {
    throw new Error('the other side is closed on Saturdays');
  }
}

test('a deployment says what is done about errors instead of the contract', async () => {
  const policies = { sync: { retry: { firstMs: 40, factor: 2, maxMs: 80, maxAttempts: 3, jitter: 'none' as const } } };
  await using app = await startTestApp({ contracts: [sync], handlers: [Sync], policies });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(sync, 'all');

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_BURIED' });
  expect(ended.map(({ verdict }) => verdict)).toEqual(['retry', 'retry', 'bury']);
  const [row] = await app.admin.topology();
  expect(row!.retry.map((topic) => topic.replace(/.*retry\./, ''))).toEqual(['1m', '40ms', '80ms']); // the contract's too: a producer made it
});
