import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, Retry, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

// The handler's own delay is no tier of the policy: it takes several hops through the retry topics.
const call = defineTask({ name: 'call', queue: 'calls', input: 'int', output: 'int', retry: { delaysMs: [40, 150] } });
const DELAY_MS = 400;

@Injectable()
class Phone {
  readonly #rangMs = new Map<number, number>();

  @Handles(call)
  call(number: PayloadOf<typeof call>, { attempt }: TaskContext): number {
    const rangMs = this.#rangMs.get(number);
    this.#rangMs.set(number, Date.now());
    if (attempt === 1) throw new Retry(DELAY_MS, 'engaged');
    return Date.now() - rangMs!;
  }
}

test('Retry(delay) waits at least that long, whatever the delays of the policy are', async () => {
  await using app = await startTestApp({ contracts: [call], handlers: [Phone] });

  const handles = await app.tasks.enqueueMany(
    call,
    Array.from({ length: 20 }, (_, number) => number),
  );
  const waitedMs = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  expect(Math.min(...waitedMs)).toBeGreaterThanOrEqual(DELAY_MS);
  expect(await handles[0]!.lookup()).toMatchObject({ status: 'succeeded', attempt: 2 });
});
