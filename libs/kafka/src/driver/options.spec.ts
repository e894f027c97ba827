import { expect, it } from '@jest/globals';
import { kafkaRoad, type KafkaRoadOptions } from '../driver.js';

const road = (options: object) => () => kafkaRoad({ brokers: ['b:1'], clientId: 'c', ...options } as KafkaRoadOptions);

it.each([
  [{ sesionTimeoutMs: 1 }, 'OPTION_UNKNOWN', 'sessionTimeoutMs'],
  [{ patches: { recordbatch: false } }, 'OPTION_UNKNOWN', 'recordBatch'],
  [{ brokers: [] }, 'OPTION_INVALID', 'brokers is empty'],
  [{ sessionTimeoutMs: NaN }, 'OPTION_INVALID', 'sessionTimeoutMs is NaN'],
  [{ heartbeatMs: 0 }, 'OPTION_INVALID', 'heartbeatMs is 0'],
  [{ compression: 'zip' }, 'OPTION_INVALID', 'compression is zip'],
  [{ replicationFactor: 0 }, 'OPTION_INVALID', 'replicationFactor is 0'],
])('kafkaRoad refuses %j', (options, code, says) => {
  expect(road(options)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(says) }));
});
