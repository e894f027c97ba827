import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type TaskContext } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, testCluster, until } from '@sunbeon/testing';

const climb = defineTask({ name: 'climb', queue: 'peaks', input: 'string', output: 'int', retry: { delaysMs: [600] } });
const begunMs: number[] = [];

@Injectable()
class Climber {
  @Handles(climb)
  climb(_peak: string, { attempt }: TaskContext): number {
    begunMs.push(Date.now());
    if (attempt === 1) throw new Error('bad weather');
    return attempt;
  }
}

test('a retry that waits when all consumers stop is made by the next one, once and not early', async () => {
  const shared = { cluster: testCluster(), contracts: [climb] };
  await using caller = await startTestApp(shared);
  await using first = await startTestApp({ ...shared, handlers: [Climber] });
  const ended = collect(first.events, 'attempt.ended');
  const handle = await caller.tasks.enqueue(climb, 'Seoraksan');
  await until(() => ended.length === 1, { what: 'the first attempt has failed' });
  await first.stop();

  await using _second = await startTestApp({ ...shared, handlers: [Climber] });

  expect(await handle.result({ timeoutMs: 20_000 })).toBe(2);
  expect(begunMs).toHaveLength(2);
  expect(begunMs[1]! - begunMs[0]!).toBeGreaterThanOrEqual(600);
});
