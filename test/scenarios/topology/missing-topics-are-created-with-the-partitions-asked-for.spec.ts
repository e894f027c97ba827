import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, defineTask } from '@sunbeon/core';
import { Handles, Subscribes } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const mow = defineTask({ name: 'mow', queue: 'lawns', input: 'string', retry: { delaysMs: [1_000, 90_000] } });
const rained = defineEvent({ name: 'rained', schema: 'double' });

@Injectable()
class Gardener {
  @Handles(mow)
  mow(): null {
    return null;
  }

  @Subscribes(rained, { group: 'garden', retry: { delaysMs: [500] } })
  rained(): void {}
}

test('missing topics are created with the partitions asked for; a topic that exists keeps its own, and gives them to its retries', async () => {
  const cluster = testCluster();
  await using before = await startTestApp({ cluster, contracts: [], partitions: 5 });
  const admin = await before.road.admin();
  await admin.createTopics([{ topic: `${cluster.prefix}rained`, partitions: 3 }]);

  await using app = await startTestApp({ cluster, contracts: [mow, rained], handlers: [Gardener], partitions: 5 });

  const topics = [...(await admin.listTopics())].filter(([topic]) => topic.startsWith(cluster.prefix));
  expect(Object.fromEntries(topics.map(([topic, count]) => [topic.slice(cluster.prefix.length), count]))).toEqual({
    lawns: 5,
    'lawns.retry.1s': 5,
    'lawns.retry.90s': 5,
    'lawns.retry.held': 5,
    'lawns.dlq': 5,
    rained: 3,
    'rained.garden.retry': 3,
    'rained.garden.retry.500ms': 3,
    'rained.garden.retry.held': 3,
    'rained.garden.dlq': 3,
    'sunbeon.results': 5,
    'sunbeon.control': 1,
    'sunbeon.audit': 1,
    'sunbeon.replays': 1,
  });
  expect(await app.admin.topology()).toMatchObject([
    { queue: 'lawns', kind: 'task', contracts: ['mow'], partitions: 5 },
    { queue: 'rained', kind: 'event', contracts: ['rained'], partitions: 3, groups: [`${cluster.prefix}garden`] },
  ]);
});
