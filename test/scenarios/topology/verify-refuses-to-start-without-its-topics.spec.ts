import { expect, test } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { avroCodec } from '@sunbeon/schema';
import { startTestApp, testCluster } from '@sunbeon/testing';

const knit = defineTask({ name: 'knit', queue: 'socks', input: 'string', retry: { delaysMs: [1_000] } });

test('with topology "verify" a process refuses to start without its topics, names them, and creates none', async () => {
  const { brokers, registryUrl, prefix } = testCluster();
  const road = kafkaRoad({ brokers, clientId: 'verifier' });
  const shared = { road, codec: avroCodec({ registryUrl }), contracts: [knit], prefix, topology: 'verify' } as const;
  const transport = kafkaTransport(shared);

  const ofTheSystem = ['sunbeon.results', 'sunbeon.control', 'sunbeon.audit', 'sunbeon.replays'];
  const wanted = ['socks', 'socks.retry.held', 'socks.retry.1s', 'socks.dlq', ...ofTheSystem].map(
    (topic) => prefix + topic,
  );
  await expect(transport.start()).rejects.toMatchObject({ code: 'TOPIC_MISSING', facts: { topics: wanted } });
  expect([...(await (await road.admin()).listTopics()).keys()].filter((topic) => topic.startsWith(prefix))).toEqual([]);
  await transport.stop();

  await using _applied = await startTestApp({ cluster: { brokers, registryUrl, prefix }, contracts: [knit] });
  const again = kafkaTransport(shared);
  await again.start();
  await again.stop();
});
