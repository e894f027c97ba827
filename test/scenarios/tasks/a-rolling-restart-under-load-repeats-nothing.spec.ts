import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { systemClock } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

const stamp = defineTask({ name: 'stamp', queue: 'letters', input: 'int', order: 'none', recordOutcomes: false });
const ran = new Map<number, number>();

@Injectable()
class Stamper {
  @Handles(stamp)
  async stamp(letter: PayloadOf<typeof stamp>): Promise<null> {
    ran.set(letter, (ran.get(letter) ?? 0) + 1);
    await new Promise<void>((resume) => systemClock.after(1 + (letter % 50), resume));
    return null;
  }
}

test('three consumers are restarted one after the other under load, and no task runs twice or not at all', async () => {
  const shared = { cluster: testCluster(), contracts: [stamp], partitions: 6 };
  const start = () => startTestApp({ ...shared, handlers: [Stamper], consume: { concurrency: 20 } });
  await using caller = await startTestApp({ ...shared, handlers: [] });
  const consumers = [await start(), await start(), await start()];
  let [sent, isRestarting] = [0, true];
  const load = (async () => {
    while (isRestarting) {
      const letters = Array.from({ length: 100 }, () => sent++);
      await caller.tasks.enqueueMany(stamp, letters);
      await until(() => sent - ran.size < 500, { what: 'the consumers keep up', timeoutMs: 60_000 });
    }
  })();

  for (const [i, consumer] of consumers.entries()) {
    const reached = ran.size + 500;
    await until(() => ran.size > reached, { what: 'work goes on', timeoutMs: 60_000 });
    await consumer.stop();
    consumers[i] = await start();
  }
  isRestarting = false;
  await load;
  await until(() => ran.size === sent, { what: 'all have run', timeoutMs: 60_000 });
  await Promise.all(consumers.map((consumer) => consumer.stop()));

  expect([...ran].filter(([, times]) => times > 1)).toEqual([]);
});
