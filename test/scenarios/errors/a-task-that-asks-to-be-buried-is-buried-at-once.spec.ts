import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { Bury, defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const scan = defineTask({ name: 'scan', queue: 'scans', input: 'string', retry: { delaysMs: [50, 50] } });

@Injectable()
class Scanner {
  @Handles(scan)
  scan(): null {
    throw new Bury('the page is torn', { cause: new Error('no retry mends paper') });
  }
}

test('a task that asks to be buried goes to the DLQ at its first attempt', async () => {
  await using app = await startTestApp({ contracts: [scan], handlers: [Scanner] });
  const ended = collect(app.events, 'attempt.ended');

  const handle = await app.tasks.enqueue(scan, 'page 7');

  await expect(handle.result({ timeoutMs: 20_000 })).rejects.toMatchObject({
    code: 'TASK_BURIED',
    facts: { attempt: 1, error: { name: 'Bury', message: 'the page is torn' } },
  });
  expect(ended.map(({ verdict }) => verdict)).toEqual(['bury']);
  const [buried] = await app.buried('scans');
  expect(buried!.row).toMatchObject({ id: handle.id, attempts: 1, error: { message: 'the page is torn' } });
});
