import { expect, test } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import type { Road, RoadAdmin } from '@sunbeon/core/ports';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { avroCodec } from '@sunbeon/schema';
import { startTestApp, testCluster } from '@sunbeon/testing';

const before = defineTask({ name: 'carve', queue: 'wood', input: 'int' });
const after = defineTask({ name: 'carve', queue: 'wood', input: { type: 'array', items: 'string' } });

/** The road, with the topology's calls counted while they run. */
function counted(road: Road, underWay: { count: number }): Road {
  const through = async <T>(call: Promise<T>): Promise<T> => {
    underWay.count++;
    return call.finally(() => underWay.count--);
  };
  const admin = async (): Promise<RoadAdmin> => {
    const inner = await road.admin();
    const listTopics = () => through(inner.listTopics());
    return { ...inner, listTopics, createTopics: (specs) => through(inner.createTopics(specs)), disconnect: () => inner.disconnect() }; // prettier-ignore
  };
  return { ...road, admin };
}

test('a start that the registry refuses has nothing under way any more when it rejects', async () => {
  const cluster = testCluster();
  await using _earlier = await startTestApp({ cluster, contracts: [before] });
  const { brokers, registryUrl, prefix } = cluster;
  const underWay = { count: 0 };
  const road = counted(kafkaRoad({ brokers, clientId: 'later' }), underWay);
  const transport = kafkaTransport({ road, codec: avroCodec({ registryUrl, subjectPrefix: prefix }), contracts: [after], prefix }); // prettier-ignore

  await expect(transport.start()).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });

  expect(underWay.count).toBe(0);
  await transport.stop();
});
