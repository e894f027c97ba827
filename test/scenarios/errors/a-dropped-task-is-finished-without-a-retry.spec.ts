import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, Drop } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const remind = defineTask({ name: 'remind', queue: 'reminders', input: 'string', retry: { delaysMs: [50] } });

@Injectable()
class Reminders {
  @Handles(remind)
  remind(): null {
    throw new Drop('the user is gone');
  }
}

test('a dropped task is finished without a retry, and its caller learns the reason', async () => {
  await using app = await startTestApp({ contracts: [remind], handlers: [Reminders] });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(remind, 'Ada');

  const dropped = { code: 'TASK_DROPPED', facts: { attempt: 1, error: { message: 'the user is gone' } } };
  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject(dropped);
  expect(await handle.lookup()).toMatchObject({ status: 'dropped', attempt: 1 });
  expect(ended.map(({ verdict }) => verdict)).toEqual(['drop']);
  expect(await app.buried()).toEqual([]);
});
