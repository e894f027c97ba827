import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type PayloadOf } from '@sunbeon/core';
import { systemClock } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';

const dig = defineTask({ name: 'dig', queue: 'holes', input: 'int', output: 'int' });

@Injectable()
class Digger {
  @Handles(dig)
  async dig(depth: PayloadOf<typeof dig>): Promise<number> {
    await new Promise<void>((resume) => systemClock.after(5, resume));
    return depth;
  }
}

test('a consumer that leaves in the middle of its work hands the rest to the others, and nothing is lost', async () => {
  const shared = { cluster: testCluster(), contracts: [dig], handlers: [Digger], partitions: 4 };
  await using caller = await startTestApp({ ...shared, handlers: [] });
  await using staying = await startTestApp({ ...shared, consume: { concurrency: 2 } });
  await using leaving = await startTestApp({ ...shared, consume: { concurrency: 2 } });
  const [byStaying, byLeaving] = [staying, leaving].map(({ events }) => collect(events, 'attempt.ended'));
  const depths = Array.from({ length: 300 }, (_, depth) => depth);

  const handles = await caller.tasks.enqueueMany(dig, depths);
  await until(() => byLeaving!.length > 10, { what: 'the one that leaves has begun' });
  await leaving.stop();
  const doneByLeaving = byLeaving!.length;

  const results = await Promise.all(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(results).toEqual(depths);
  expect(doneByLeaving).toBeLessThan(depths.length);
  expect(byLeaving!.length).toBe(doneByLeaving);
  expect(byStaying!.length).toBeGreaterThanOrEqual(depths.length - doneByLeaving);
});
