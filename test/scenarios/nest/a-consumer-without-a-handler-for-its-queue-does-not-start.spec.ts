import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const sweep = defineTask({ name: 'sweep', queue: 'chores', input: 'string' });
const mop = defineTask({ name: 'mop', queue: 'chores', input: 'string' });

@Injectable()
class Broom {
  @Handles(sweep)
  sweep(): null {
    return null;
  }
}

test('a consumer of a queue that has no handler for one of its tasks is refused at boot, and makes no topic', async () => {
  const cluster = testCluster();

  const refused = startTestApp({ cluster, contracts: [sweep, mop], handlers: [Broom] });

  await expect(refused).rejects.toMatchObject({ code: 'HANDLER_MISSING', facts: { contract: 'mop', queue: 'chores' } });
  await expect(refused).rejects.toThrow(/because of Broom\.sweep.*"mop" has no handler/);
  await using app = await startTestApp({ cluster: testCluster(), contracts: [] });
  const topics = await (await app.road.admin()).listTopics();
  expect([...topics.keys()].filter((topic) => topic.startsWith(cluster.prefix))).toEqual([]);
});
