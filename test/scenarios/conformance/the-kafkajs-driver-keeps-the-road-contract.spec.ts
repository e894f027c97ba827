import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import { kafkaRoad } from '../../../libs/kafka/src/driver.js';
import { roadConformance } from '../../../libs/testing/src/conformance/road.js';

// eslint-disable-next-line no-restricted-syntax -- not a sleep: how long a scenario may take on a slow machine
jest.setTimeout(60_000);

roadConformance('the kafkajs driver', async () => {
  const brokers = process.env['SUNBEON_TEST_BROKERS'];
  if (brokers === undefined || brokers === '') {
    throw new Error('SUNBEON_TEST_BROKERS is not set: run the scenarios project, whose global setup starts a Kafka.');
  }
  const road = kafkaRoad({ brokers: brokers.split(','), clientId: 'conformance', heartbeatMs: 500 });
  return { road, prefix: `conformance.${randomUUID()}`, dispose: async () => undefined };
});
