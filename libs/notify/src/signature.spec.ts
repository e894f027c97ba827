import { describe, expect, test } from '@jest/globals';
import { secretBytes, signatureHeaders } from './signature.js';

describe('signatureHeaders', () => {
  // The example of the Standard Webhooks libraries: their tests check the same id, moment, body and secret.
  const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const signed = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', atMs: 1_614_265_330_999, body: '{"test": 2432232314}' };

  test('are those of Standard Webhooks', () => {
    expect(signatureHeaders(signed, secret)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  test.each(['id', 'atMs', 'body'] as const)('differ with the %s', (field) => {
    const other = { ...signed, [field]: field === 'atMs' ? 0 : 'other' };
    expect(signatureHeaders(other, secret)['webhook-signature']).not.toBe(signatureHeaders(signed, secret)['webhook-signature']); // prettier-ignore
  });

  test('have no signature without a secret', () => {
    expect(Object.keys(signatureHeaders(signed, undefined))).toEqual(['webhook-id', 'webhook-timestamp']);
  });
});

describe('a secret', () => {
  test.each([undefined, '', 'whsec_', 'whsec_c2hvcnQ=', `whsec_${'A'.repeat(100)}`, 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_MfKQ9r8GKYqrTwjUPD8IL*ZIo2LaLaSw'])(
    'is refused as %j, and not repeated',
    (secret) => {
      const refuse = (): Buffer => secretBytes(secret);
      expect(refuse).toThrow(expect.objectContaining({ code: 'OPTION_INVALID', hint: expect.stringContaining('randomBytes') }));
      if (secret !== undefined && secret.length > 6) expect(refuse).not.toThrow(secret.slice(6));
    },
  ); // prettier-ignore
});
