import { expect } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { readerSays, requiresConfluentKafka, resultOf } from '../fixtures/foreign.js';
import { documentOf, post } from '../fixtures/door.js';
import { startApp } from '../fixtures/program.js';

const test = requiresConfluentKafka();

test('Python reads our events with its own Avro deserializer and enqueues a task', async () => {
  const cluster = testCluster();
  const brokers = cluster.brokers.join(',');
  await using _consumer = await startApp('consumer', cluster);
  await using door = await startApp('producer', cluster);
  const flight = {
    airport: 'ICN',
    destination: 'GMP',
    departure: '2026-01-01T08:00',
    delayMinutes: 90,
    distanceMiles: 20,
  };
  const { id } = await documentOf(await post(`${door.url}/events/flight.recorded`, JSON.stringify(flight)));
  const read = (topic: string) => readerSays('read', brokers, cluster.registryUrl, cluster.prefix + topic, '1');

  const [[recorded], [stats]] = await Promise.all([read('flight.recorded'), read('airport.stats')]);
  const event = { ce_specversion: '1.0', ce_subject: 'ICN', 'content-type': 'application/vnd.confluent.avro' };
  expect(recorded).toMatchObject({
    key: 'ICN',
    headers: { ...event, ce_id: id, ce_type: 'flight.recorded' },
    value: flight,
  });
  expect(stats).toMatchObject({
    key: 'ICN',
    headers: { ...event, ce_type: 'airport.stats' },
    value: { airport: 'ICN', flights: 1, meanDelayMinutes: 90, worstDelayMinutes: 90 },
  });

  const [place] = await readerSays('send', brokers, `${cluster.prefix}math`, '{"a":20,"b":22}');
  expect(await resultOf(cluster, 'math', place)).toMatchObject({
    contract: 'math.add',
    status: 'succeeded',
    output: { sum: 42 },
  });
}, 60_000);
