import { describe, expect, it } from '@jest/globals';
import { readEnvironment, readWhole } from './environment.js';

const GOOD = { KAFKA_BROKERS: 'a:9092, b:9093', SCHEMA_REGISTRY_URL: 'http://registry:8081/apis/ccompat/v7/' };
const read = (env: Readonly<Record<string, string | undefined>>) => readEnvironment(env, { port: 3000, source: 'app' });

describe('the environment of an app', () => {
  it('has defaults for what may be left out; an empty variable counts as not set', () => {
    expect(read({ ...GOOD, PORT: '', HOST: '', SUNBEON_SOURCE: '' })).toEqual({
      port: 3000,
      host: '127.0.0.1',
      brokers: ['a:9092', 'b:9093'],
      registryUrl: 'http://registry:8081/apis/ccompat/v7',
      prefix: '',
      source: 'app',
      sessionTimeoutMs: 30_000,
      policies: {},
    });
  });

  it('takes each variable', () => {
    const env = {
      ...{ KAFKA_BROKERS: '[::1]:9092', HOST: '0.0.0.0', PORT: '0', SUNBEON_TOPIC_PREFIX: 'team-a.' },
      ...{ SUNBEON_SOURCE: '/shop', SUNBEON_SESSION_TIMEOUT_MS: '6000', SUNBEON_INSTANCE_ID: 'pod-0' },
      SUNBEON_POLICIES: '{"a.b":{"order":"none"}}',
    };
    expect(read(env)).toEqual({
      port: 0,
      host: '0.0.0.0',
      brokers: ['[::1]:9092'],
      registryUrl: undefined,
      prefix: 'team-a.',
      source: '/shop',
      sessionTimeoutMs: 6_000,
      instanceId: 'pod-0',
      policies: { 'a.b': { order: 'none' } },
    });
  });

  it.each([
    [{ SUNBEON_POLICIES: '[1]' }, 'OPTION_INVALID', /SUNBEON_POLICIES got "\[1\]".*Give a JSON object/],
    [{ SUNBEON_POLICIES: '{' }, 'OPTION_INVALID', /SUNBEON_POLICIES/],
    [{ PORT: '65536' }, 'OPTION_INVALID', /PORT got "65536".*0 to 65535/],
    [{ PORT: '4e3' }, 'OPTION_INVALID', /PORT got "4e3"/],
    [{ PORT: '-1' }, 'OPTION_INVALID', /PORT/],
    [{ KAFKA_BROKERS: undefined }, 'NO_CLUSTER', /KAFKA_BROKERS is not set.*host:port/],
    [{ KAFKA_BROKERS: '' }, 'NO_CLUSTER', /KAFKA_BROKERS is not set/],
    [{ KAFKA_BROKERS: 'kafka' }, 'OPTION_INVALID', /KAFKA_BROKERS got "kafka".*host:port/],
    [{ KAFKA_BROKERS: 'a:1,,b:2' }, 'OPTION_INVALID', /KAFKA_BROKERS/],
    [{ KAFKA_BROKERS: 'http://a:1' }, 'OPTION_INVALID', /KAFKA_BROKERS/],
    [{ SCHEMA_REGISTRY_URL: 'file:///etc' }, 'OPTION_INVALID', /SCHEMA_REGISTRY_URL/],
    [{ SCHEMA_REGISTRY_URL: 'registry' }, 'OPTION_INVALID', /SCHEMA_REGISTRY_URL got "registry"/],
    [{ SUNBEON_TOPIC_PREFIX: 'a b' }, 'OPTION_INVALID', /SUNBEON_TOPIC_PREFIX got "a b"/],
    [{ SUNBEON_SOURCE: 'a b' }, 'OPTION_INVALID', /SUNBEON_SOURCE got "a b"/],
    [{ SUNBEON_INSTANCE_ID: 'a/b' }, 'OPTION_INVALID', /SUNBEON_INSTANCE_ID got "a\/b"/],
    [{ SUNBEON_SESSION_TIMEOUT_MS: '5999' }, 'OPTION_INVALID', /6000 to 1800000/],
  ])('refuses %j and names the variable', (env, code, message) => {
    expect(() => read({ ...GOOD, ...env })).toThrow(expect.objectContaining({ code }));
    expect(() => read({ ...GOOD, ...env })).toThrow(message);
  });

  it('never repeats a password', () => {
    expect(() => read({ ...GOOD, SCHEMA_REGISTRY_URL: 'ftp://me:secret@host' })).toThrow(/ftp:\/\/\*\*\*@host/);
  });

  it('refuses a misspelt variable, and leaves those of others alone', () => {
    const misspelt = () => read({ ...GOOD, SUNBEON_TOPC_PREFIX: 'x.' });
    expect(misspelt).toThrow(expect.objectContaining({ code: 'OPTION_UNKNOWN' }));
    expect(misspelt).toThrow('SUNBEON_TOPC_PREFIX: nobody reads this variable. Did you mean "SUNBEON_TOPIC_PREFIX"?');
    expect(() => read({ ...GOOD, SUNBEON_SERVICE_HOST: 'x', TOPC_PREFIX: 'y' })).not.toThrow();
  });
});

describe('a whole number', () => {
  const range = { fallback: 5, least: 1, most: 9 };

  it.each([[undefined, 5], ['', 5], ['1', 1], ['9', 9]])('%j is %i', (text, value) => {
    expect(readWhole({ N: text }, 'N', range)).toBe(value);
  }); // prettier-ignore

  it.each(['0', '10', '1.5', ' 1', '1e0', 'one', '99999999999'])(
    '%j is refused, with the range and an example',
    (text) => {
      expect(() => readWhole({ N: text }, 'N', range)).toThrow(
        `N got "${text}". Give a whole number from 1 to 9, for example N=5.`,
      );
    },
  );
});
