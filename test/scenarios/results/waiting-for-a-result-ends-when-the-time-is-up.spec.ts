import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const wait = defineTask({ name: 'wait', queue: 'waiting-room', input: 'string', output: 'string' });

@Injectable()
class Doctor {
  @Handles(wait)
  wait(who: string): string {
    return who;
  }
}

test('waiting for a result ends when the time is up; the task goes on, and its result can be asked for again', async () => {
  const shared = { cluster: testCluster(), contracts: [wait] };
  await using caller = await startTestApp(shared);
  const handle = await caller.tasks.enqueue(wait, 'Ada');

  const timedOut = { code: 'RESULT_TIMEOUT', retriable: true, facts: { id: handle.id, timeoutMs: 150 } };
  await expect(handle.result({ timeoutMs: 150 })).rejects.toMatchObject(timedOut);
  const left = new Error('the caller left');
  await expect(handle.result({ timeoutMs: 20_000, signal: AbortSignal.abort(left) })).rejects.toBe(left);

  await using _doctor = await startTestApp({ ...shared, handlers: [Doctor] });
  expect(await handle.result({ timeoutMs: 20_000 })).toBe('Ada');
});
