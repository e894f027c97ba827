import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { log, notifications } from '@sunbeon/notify';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const mirror = defineTask({
  name: 'mirror',
  queue: 'mirrors',
  input: 'string',
  onError: [
    { retry: { delaysMs: [40, 40] } },
    { notify: 'log' },
    { retry: { firstMs: 200, factor: 1, maxAttempts: 3 } },
    { ignore: true },
  ],
});

@Injectable()
class Mirror {
  @Handles(mirror)
  mirror(): null {
    throw new Error('the other side is away');
  }
}

test('policies are read from left to right: quick retries, then people are told, then drawn ones, then it is given up', async () => {
  const notify = notifications({ channels: { log: log() } });
  await using app = await startTestApp({ contracts: [mirror], handlers: [Mirror], notify });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(mirror, 'site');

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_DROPPED' });
  expect(ended.map(({ verdict, notify: told, code }) => [verdict, told?.join() ?? code])).toEqual([
    ['retry', undefined],
    ['retry', undefined],
    ['retry', 'log'],
    ['retry', 'log'],
    ['drop', 'log'],
  ]);
  expect(await app.buried()).toEqual([]);
});
