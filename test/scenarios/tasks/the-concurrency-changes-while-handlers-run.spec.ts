import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const weigh = defineTask({ name: 'weigh', queue: 'scales', input: 'int', recordOutcomes: false });
const open: (() => void)[] = [];

@Injectable()
class Scales {
  @Handles(weigh)
  async weigh(): Promise<null> {
    await new Promise<void>((end) => open.push(end));
    return null;
  }
}

test('more handlers run as soon as the concurrency is raised, and fewer as they end after it was lowered', async () => {
  await using app = await startTestApp({ contracts: [weigh], handlers: [Scales], consume: { concurrency: 2 } });
  const { transport } = app;
  const running = () => transport.health()[0]!.running;
  await app.tasks.enqueueMany(weigh, Array.from({ length: 60 }, (_, number) => number)); // prettier-ignore
  await until(() => running() === 2 && transport.health()[0]!.waiting === 58, { what: 'two run, the rest is here' });

  transport.setConcurrency({ total: 20, queues: { scales: 10 } });
  await until(() => open.length === 10, { what: 'as many as the queue may' });
  transport.setConcurrency({ contracts: { weigh: 3 } });
  for (const end of open.splice(0, 7)) end();
  await until(() => running() === 3, { what: 'three are left' });
  open.splice(0, 1)[0]!();
  await until(() => open.length === 3, { what: 'one more has begun for the one that ended' });
  expect(running()).toBe(3);

  transport.setConcurrency({ contracts: { weigh: 100 }, queues: { scales: 100 }, total: 100 });
  await until(() => open.length === 52, { what: 'all that is left' });
  for (const end of open) end();
});
