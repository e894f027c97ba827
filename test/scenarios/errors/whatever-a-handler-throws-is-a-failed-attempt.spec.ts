import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp } from '@sunbeon/testing';

const toss = defineTask({ name: 'toss', queue: 'tosses', input: 'string', output: 'int', retry: { delaysMs: [50] } });

const unprintable = Object.create(null, {
  message: { get: () => { throw new Error('no message'); } }, // prettier-ignore
  toString: { value: () => { throw new Error('no text'); } }, // prettier-ignore
}) as object;

const THINGS: Readonly<Record<string, unknown>> = {
  'a string': 'just words',
  null: null,
  undefined: undefined,
  'an object without a prototype': unprintable,
  'an error that cannot be printed': Object.defineProperty(new Error(), 'message', Object.getOwnPropertyDescriptor(unprintable, 'message')!), // prettier-ignore
};

@Injectable()
class Tosser {
  @Handles(toss)
  async toss(thing: PayloadOf<typeof toss>, { attempt }: TaskContext): Promise<number> {
    if (attempt === 1) throw THINGS[thing];
    return attempt;
  }
}

test('whatever a handler throws is a failed attempt, and the next one is made', async () => {
  await using app = await startTestApp({ contracts: [toss], handlers: [Tosser] });

  const handles = await app.tasks.enqueueMany(toss, Object.keys(THINGS));

  const attempts = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(attempts).toEqual(Object.keys(THINGS).map(() => 2));
  expect(await app.buried()).toEqual([]);
});
