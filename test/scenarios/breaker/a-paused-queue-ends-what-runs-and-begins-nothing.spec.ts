import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, until } from '@sunbeon/testing';
import { numbers } from '../fixtures/bank.js';

const dig = defineTask({ name: 'dig', queue: 'holes', input: 'int', recordOutcomes: false });
const digging: (() => void)[] = [];
let dug = 0;

@Injectable()
class Digger {
  @Handles(dig)
  async dig(): Promise<null> {
    await new Promise<void>((resume) => digging.push(resume));
    dug++;
    return null;
  }
}

test('of a queue with a hundred running handlers all end, and from the moment that its pause is read none begins', async () => {
  await using app = await startTestApp({ contracts: [dig], handlers: [Digger], consume: { concurrency: 100 } });
  const paused = collect(app.events, 'queue.paused');
  await app.tasks.enqueueMany(dig, numbers(300));
  await until(() => digging.length === 100, { what: 'a hundred run' });

  await app.admin.pause('holes', { by: 'ana', reason: 'rain' });
  await until(() => paused.length === 1, { what: 'the pause has arrived' });
  for (const end of digging.splice(0)) end();
  const consumer = () => app.transport.health()[0]!;
  await until(() => consumer().running === 0, { what: 'they have ended' });

  expect([dug, digging.length, consumer().waiting]).toEqual([100, 0, 200]);
  const lag = async () => (await app.admin.overview())[0]!.groups[0]!.lag;
  await until(async () => (await lag()) === 200, { what: 'what has ended is committed' });
  await app.admin.resume('holes', { by: 'ana', reason: 'sun' });
  await until(() => (digging.splice(0).forEach((end) => end()), dug === 300), { what: 'the others are dug too' });
});
