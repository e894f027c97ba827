import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const NEEDED = { KAFKA_BROKERS: 'localhost:9092', SCHEMA_REGISTRY_URL: 'http://localhost:8081' };

describe('readConfig', () => {
  it('has defaults for what is its own, on top of what every app reads', () => {
    expect(readConfig(NEEDED)).toMatchObject({
      port: 3000,
      source: 'sunbeon-producer',
      brokers: ['localhost:9092'],
      bodyLimitBytes: 1_048_576,
      maxBatch: 10_000,
      maxWaiters: 1_000,
    });
  });

  it('takes each variable', () => {
    const env = { ...NEEDED, BODY_LIMIT_BYTES: '2048', MAX_BATCH: '5', MAX_WAITERS: '7' };
    expect(readConfig(env)).toMatchObject({ bodyLimitBytes: 2_048, maxBatch: 5, maxWaiters: 7 });
  });

  it.each([
    ['BODY_LIMIT_BYTES', '1023', 'BODY_LIMIT_BYTES got "1023". Give a whole number from 1024 to 104857600'],
    ['MAX_BATCH', '0', 'MAX_BATCH got "0". Give a whole number from 1 to 100000'],
    ['MAX_WAITERS', 'many', 'MAX_WAITERS got "many". Give a whole number from 1 to 100000'],
  ])('refuses %s=%s, naming it, what it got and how to mend it', (name, value, message) => {
    expect(() => readConfig({ ...NEEDED, [name]: value })).toThrow(message);
  });
});
