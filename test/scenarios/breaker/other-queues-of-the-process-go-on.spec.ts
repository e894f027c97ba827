import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';
import { Bank, HASTY, numbers, pay, rests } from '../fixtures/bank.js';

const write = defineTask({ name: 'write', queue: 'letters', input: 'int', output: 'int' });

@Injectable()
class Writer {
  @Handles(write)
  write(page: number): number {
    return page + 1;
  }
}

test('while one queue is paused the other ones of its consumer are worked on', async () => {
  const consume = { concurrency: 5, breaker: HASTY };
  await using app = await startTestApp({ contracts: [pay, write], handlers: [Bank, Writer], consume });
  await app.tasks.enqueueMany(pay, numbers(500));
  await rests(app);

  const handles = await app.tasks.enqueueMany(write, numbers(50));

  expect(await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })))).toEqual(numbers(50).map((page) => page + 1)); // prettier-ignore
  expect(app.transport.health().map(({ paused }) => paused?.state)).toEqual(['open', undefined]);
});
