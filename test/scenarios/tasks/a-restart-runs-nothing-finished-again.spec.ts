import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';

const COUNT = 10_000;
const CONCURRENCY = 50;
const SLOW = 1_000;
const sift = defineTask({ name: 'sift', queue: 'sand', input: 'int', order: 'none', recordOutcomes: false });

let isFirstLife = true;
const ran = new Map<number, number>();

/** Ends in any order; one in the middle does not end before the consumer lets go. */
@Injectable()
class Sifter {
  @Handles(sift)
  async sift(grain: PayloadOf<typeof sift>, { signal }: TaskContext): Promise<null> {
    ran.set(grain, (ran.get(grain) ?? 0) + 1);
    if (grain === SLOW && isFirstLife) {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    }
    for (let turns = Math.random() * 20; turns > 0; turns--) await new Promise((resume) => setImmediate(resume));
    return null;
  }
}

test('a restart runs nothing again that was finished, though it was finished out of order above one that was not', async () => {
  const shared = { cluster: testCluster(), contracts: [sift], partitions: 1 };
  const consume = { concurrency: CONCURRENCY, drainTimeoutMs: 300 };
  await using caller = await startTestApp({ ...shared, handlers: [] });
  await using first = await startTestApp({ ...shared, handlers: [Sifter], consume });
  await caller.tasks.enqueueMany(sift, Array.from({ length: COUNT }, (_, grain) => grain)); // prettier-ignore

  await until(() => ran.size > COUNT * 0.7, { what: 'most have begun', timeoutMs: 60_000 });
  await first.stop();
  isFirstLife = false;
  const before = ran.size;
  await using second = await startTestApp({ ...shared, handlers: [Sifter], consume });
  const ended = collect(second.events, 'attempt.ended');
  await until(() => ran.size === COUNT, { what: 'all have run', timeoutMs: 60_000 });
  await until(() => ended.length > COUNT - before, { what: 'the slow one and the rest have ended' });

  const again = [...ran.values()].reduce((sum, times) => sum + times - 1, 0);
  expect(before).toBeGreaterThan(SLOW);
  expect(ran.get(SLOW)).toBe(2);
  expect(again).toBeLessThanOrEqual(CONCURRENCY);
});
