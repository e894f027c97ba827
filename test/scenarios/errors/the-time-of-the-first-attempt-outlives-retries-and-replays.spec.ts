import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask, type TaskContext } from '@sunbeon/core';
import { headerText } from '@sunbeon/core/headers';
import { Operator } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { collect, startTestApp, until } from '@sunbeon/testing';

const weigh = defineTask({ name: 'weigh', queue: 'scales', input: 'string', retry: { delaysMs: [50] } });
const seen: (string | undefined)[] = [];

@Injectable()
class Scales {
  @Handles(weigh)
  weigh(_what: string, { headers }: TaskContext): null {
    seen.push(headerText(headers, 'sunbeon-first-seen'));
    throw new Error('too heavy');
  }
}

test('the time of the first attempt outlives retries and replays', async () => {
  await using app = await startTestApp({ contracts: [weigh], handlers: [Scales] });
  const ended = collect(app.events, 'attempt.ended');
  await app.tasks.enqueue(weigh, 'an elephant');
  await until(async () => (await app.buried()).length === 1, { what: 'it is buried' });

  const [queue] = await app.admin.deadLetterQueues('scales');
  const operator = new Operator({ road: app.road, prefix: app.cluster.prefix, by: 'Ada' });
  await operator.replay(queue!);
  await operator.close();
  await until(async () => (await app.buried()).length === 2, { what: 'it is buried again' });

  expect(ended.map(({ attempt }) => attempt)).toEqual([1, 2, 1, 2]);
  const [first, ...later] = seen;
  expect(first).toBeUndefined();
  expect(new Set(later).size).toBe(1);
  expect(Number(later[0])).toBeLessThanOrEqual(Date.now());
});
