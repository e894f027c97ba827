import { randomUUID } from 'node:crypto';
import { kafkaRoad } from '../../../libs/kafka/src/driver.js';
import { roadConformance } from '../../../libs/testing/src/conformance/road.js';

roadConformance('the kafkajs driver', async () => {
  const brokers = process.env['SUNBEON_TEST_BROKERS'];
  if (brokers === undefined || brokers === '') {
    throw new Error('SUNBEON_TEST_BROKERS is not set: run the scenarios project, whose global setup starts a Kafka.');
  }
  const road = kafkaRoad({ brokers: brokers.split(','), clientId: 'conformance', heartbeatMs: 500 });
  return { road, prefix: `conformance.${randomUUID()}`, dispose: async () => undefined };
});
