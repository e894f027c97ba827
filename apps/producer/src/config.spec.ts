import { describe, expect, it } from '@jest/globals';
import { readConfig } from './config.js';

const NEEDED = { KAFKA_BROKERS: 'localhost:9092', SCHEMA_REGISTRY_URL: 'http://localhost:8081' };

describe('readConfig', () => {
  it('has defaults for all but the cluster and the registry', () => {
    expect(readConfig(NEEDED)).toEqual({
      port: 3000,
      host: '127.0.0.1',
      brokers: ['localhost:9092'],
      registryUrl: 'http://localhost:8081',
      topicPrefix: undefined,
      source: 'sunbeon-producer',
      bodyLimitBytes: 1_048_576,
      maxBatch: 10_000,
      maxWaiters: 1_000,
    });
  });

  it('reads a list of brokers', () => {
    expect(readConfig({ ...NEEDED, KAFKA_BROKERS: 'a:1, b:2' }).brokers).toEqual(['a:1', 'b:2']);
  });

  it('takes an empty value as unset', () => {
    expect(readConfig({ ...NEEDED, PORT: '' }).port).toBe(3000);
  });

  it.each([
    ['PORT', 'x', 'PORT: expected a whole number from 0 to 65535, got "x". Set it, for example PORT=3000.'],
    ['PORT', '70000', 'PORT: expected a whole number from 0 to 65535, got "70000".'],
    ['HOST', 'a b', 'HOST: expected a host name or an IP address, got "a b".'],
    ['KAFKA_BROKERS', 'localhost', 'KAFKA_BROKERS: expected host:port[,host:port…], got "localhost".'],
    ['KAFKA_BROKERS', '', 'KAFKA_BROKERS: expected host:port[,host:port…], it is not set.'],
    ['SCHEMA_REGISTRY_URL', 'ftp://x', 'SCHEMA_REGISTRY_URL: expected an http:// or https:// address, got "ftp://x".'],
    ['MAX_BATCH', '0', 'MAX_BATCH: expected a whole number from 1 to 100000, got "0".'],
  ])('refuses %s=%s, naming it, what it got and how to mend it', (name, value, message) => {
    expect(() => readConfig({ ...NEEDED, [name]: value })).toThrow(message);
  });

  it('refuses a misspelt variable', () => {
    expect(() => readConfig({ ...NEEDED, SUNBEON_TOPC_PREFIX: 'x.' })).toThrow(
      'SUNBEON_TOPC_PREFIX: nobody reads this variable. Did you mean "SUNBEON_TOPIC_PREFIX"?',
    );
  });

  it('leaves the variables of other apps alone', () => {
    expect(() => readConfig({ ...NEEDED, SUNBEON_ROLES: 'work', SUNBEON_GROUP: 'g' })).not.toThrow();
  });
});
