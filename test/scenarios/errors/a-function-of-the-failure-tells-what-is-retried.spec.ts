import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp } from '@sunbeon/testing';

const print = defineTask({
  name: 'print',
  queue: 'prints',
  input: 'string',
  retry: { delaysMs: [50], retryOn: [({ message }) => message.includes('paper')] },
});

@Injectable()
class Printer {
  @Handles(print)
  print(page: string): null {
    throw new Error(page);
  }
}

test('a function of the failure tells what is retried', async () => {
  await using app = await startTestApp({ contracts: [print], handlers: [Printer] });
  const ended = collect(app.events, 'attempt.ended');

  const handles = await app.tasks.enqueueMany(print, ['no paper', 'no power']);
  await Promise.allSettled(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  const verdicts = handles.map(({ id }) => ended.filter((one) => one.id === id).map(({ verdict }) => verdict));
  expect(verdicts).toEqual([['retry', 'bury'], ['bury']]);
});
