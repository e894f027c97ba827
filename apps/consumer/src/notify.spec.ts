import { describe, expect, test } from '@jest/globals';
import { readEnvironment } from '@sunbeon/nest';
import { readNotify } from './notify.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const hook = { SUNBEON_NOTIFY_WEBHOOK_URL: 'https://hooks.example.org/T000', SUNBEON_NOTIFY_WEBHOOK_SECRET: SECRET };
const mail = { SUNBEON_NOTIFY_MAIL_HOST: 'smtp.example.org', SUNBEON_NOTIFY_MAIL_FROM: 'a@example.org', SUNBEON_NOTIFY_MAIL_TO: 'b@example.org, Two <c@example.org>' }; // prettier-ignore

describe('the channels of an environment', () => {
  test.each([
    [{}, ['log']],
    [{ SUNBEON_NOTIFY_WEBHOOK_URL: '', SUNBEON_NOTIFY_MAIL_HOST: '' }, ['log']],
    [hook, ['log', 'webhook']],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_SECRET: '', SUNBEON_NOTIFY_WEBHOOK_FORMAT: 'slack' }, ['log', 'webhook']],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_URL: 'http://10.0.0.1/', SUNBEON_NOTIFY_WEBHOOK_ALLOW_PRIVATE: 'true' }, ['log', 'webhook']],
    [{ ...hook, ...mail, SUNBEON_NOTIFY_INTERVAL_MS: '60000', SUNBEON_NOTIFY_MAX_PER_HOUR: '5' }, ['log', 'webhook', 'mail']],
    [{ ...mail, SUNBEON_NOTIFY_MAIL_SECURE: 'true', SUNBEON_NOTIFY_MAIL_USER: 'u', SUNBEON_NOTIFY_MAIL_PASSWORD: 'p' }, ['log', 'mail']],
  ])('%j', (env, channels) => {
    expect(readNotify(env).channels).toEqual(channels);
    expect(() => readEnvironment({ KAFKA_BROKERS: 'b:1', ...env }, { port: 0, source: 's' })).not.toThrow();
  }); // prettier-ignore

  test.each([
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_SECRET: '' }, 'SUNBEON_NOTIFY_WEBHOOK_…: webhook: secret'],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_SECRET: 'hunter2' }, 'SUNBEON_NOTIFY_WEBHOOK_…: webhook: secret'],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_URL: 'hunter2' }, 'SUNBEON_NOTIFY_WEBHOOK_…: webhook: url'],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_URL: 'http://10.0.0.1/hunter2' }, 'SUNBEON_NOTIFY_WEBHOOK_…: webhook: 10.0.0.1 is at'],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_FORMAT: 'teams' }, 'SUNBEON_NOTIFY_WEBHOOK_FORMAT got "teams". Give json or slack.'],
    [{ ...hook, SUNBEON_NOTIFY_WEBHOOK_ALLOW_PRIVATE: 'yes' }, 'SUNBEON_NOTIFY_WEBHOOK_ALLOW_PRIVATE got "yes"'],
    [{ ...mail, SUNBEON_NOTIFY_MAIL_TO: '' }, 'SUNBEON_NOTIFY_MAIL_…: mail: to'],
    [{ ...mail, SUNBEON_NOTIFY_MAIL_USER: 'hunter2' }, 'SUNBEON_NOTIFY_MAIL_…: mail: auth'],
    [{ ...mail, SUNBEON_NOTIFY_MAIL_PORT: '0' }, 'SUNBEON_NOTIFY_MAIL_PORT got "0"'],
    [{ SUNBEON_NOTIFY_INTERVAL_MS: '0' }, 'SUNBEON_NOTIFY_INTERVAL_MS got "0"'],
  ])('refuses %j by its name, and repeats no secret', (env, message) => {
    expect(() => readNotify(env)).toThrow(message);
    expect(() => readNotify(env)).not.toThrow('hunter2');
  }); // prettier-ignore

  test('a misspelt variable is refused', () => {
    const env = { KAFKA_BROKERS: 'b:1', SUNBEON_NOTIFY_WEBHOK_URL: 'https://hooks.example.org/' };
    expect(() => readEnvironment(env, { port: 0, source: 's' })).toThrow('Did you mean "SUNBEON_NOTIFY_WEBHOOK_URL"?');
  });
});
