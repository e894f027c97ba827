import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { kafkaRoad } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, testCluster } from '@sunbeon/testing';

const weave = defineTask({ name: 'weave', queue: 'looms', input: 'string', retry: { delaysMs: [2_000] } });

@Injectable()
class Loom {
  @Handles(weave)
  weave(): null {
    return null;
  }
}

test('a retry topic with other partitions than its queue is refused at boot: it would tear keys apart', async () => {
  const cluster = testCluster();
  const road = kafkaRoad({ brokers: cluster.brokers, clientId: 'before' });
  const admin = await road.admin();
  const topic = `${cluster.prefix}looms.retry.2s`;
  await admin.createTopics([{ topic: `${cluster.prefix}looms`, partitions: 4 }, { topic, partitions: 2 }]); // prettier-ignore

  const refused = startTestApp({ cluster, contracts: [weave], handlers: [Loom] });

  await expect(refused).rejects.toMatchObject({ code: 'TOPIC_MISMATCH', facts: { topic, partitions: 2, wanted: 4 } });
  expect((await admin.listTopics()).has(`${cluster.prefix}looms.dlq`)).toBe(false);
  await admin.disconnect();
});
