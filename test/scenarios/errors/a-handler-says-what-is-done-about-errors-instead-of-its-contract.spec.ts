import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const sweep = defineTask({ name: 'sweep', queue: 'chores', input: 'string', retry: { delaysMs: [60_000] } });

@Injectable()
class Sweeper {
  @Handles(sweep, { onError: [{ retry: { delaysMs: [50] } }, { ignore: true }] })
  sweep(): null {
    throw new Error('the broom is gone');
  }
}

test('a handler says what is done about errors instead of its contract', async () => {
  await using app = await startTestApp({ contracts: [sweep], handlers: [Sweeper] });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(sweep, 'the hall');

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({ code: 'TASK_DROPPED' });
  expect(ended.map(({ verdict, code }) => [verdict, code])).toEqual([
    ['retry', undefined],
    ['drop', 'IGNORED'],
  ]);
});
