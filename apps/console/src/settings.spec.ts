import { describe, expect, it } from '@jest/globals';
import { readSettings } from './settings.js';

const GOOD = { KAFKA_BROKERS: 'a:9092, b:9093', SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7/' };

describe('settings of the console', () => {
  it('has defaults for what may be left out', () => {
    expect(readSettings({ ...GOOD, PORT: '' })).toEqual({
      host: '127.0.0.1',
      port: 4000,
      brokers: ['a:9092', 'b:9093'],
      registryUrl: 'http://registry:8081/apis/ccompat/v7',
      topicPrefix: '',
    });
  });

  it('does without a registry', () => {
    expect(readSettings({ KAFKA_BROKERS: 'a:1' }).registryUrl).toBeUndefined();
  });

  it('takes each variable', () => {
    const env = { ...GOOD, HOST: '0.0.0.0', PORT: '80', SUNBEON_TOPIC_PREFIX: 'team-a.' };
    expect(readSettings(env)).toMatchObject({ host: '0.0.0.0', port: 80, topicPrefix: 'team-a.' });
    expect(readSettings({ ...GOOD, KAFKA_BROKERS: '[::1]:9092' }).brokers).toEqual(['[::1]:9092']);
  });

  it.each([
    [{ PORT: '65536' }, 'OPTION_INVALID', /PORT got "65536".*0 to 65535/],
    [{ PORT: '4e3' }, 'OPTION_INVALID', /PORT/],
    [{ KAFKA_BROKERS: undefined }, 'NO_CLUSTER', /KAFKA_BROKERS is not set/],
    [{ KAFKA_BROKERS: 'kafka' }, 'OPTION_INVALID', /KAFKA_BROKERS got "kafka".*host:port/],
    [{ KAFKA_BROKERS: 'a:1,,b:2' }, 'OPTION_INVALID', /KAFKA_BROKERS/],
    [{ SCHEMA_REGISTRY_URL: 'file:///etc' }, 'OPTION_INVALID', /SCHEMA_REGISTRY_URL/],
    [{ SUNBEON_TOPIC_PREFIX: 'a b' }, 'OPTION_INVALID', /SUNBEON_TOPIC_PREFIX got "a b"/],
  ])('refuses %j and names the variable', (env, code, message) => {
    expect(() => readSettings({ ...GOOD, ...env })).toThrow(expect.objectContaining({ code }));
    expect(() => readSettings({ ...GOOD, ...env })).toThrow(message);
  });

  it('never repeats a password', () => {
    expect(() => readSettings({ ...GOOD, SCHEMA_REGISTRY_URL: 'ftp://me:secret@host' })).toThrow(/ftp:\/\/\*\*\*@host/);
  });
});
