import { createHmac } from 'node:crypto';
import { SunbeonError } from '@sunbeon/core/errors';

const PREFIX = 'whsec_';
const [LEAST_BYTES, MOST_BYTES] = [24, 64];

/**
 * The bytes of a secret as Standard Webhooks writes it: `whsec_` and 24 to 64 bytes in base64.
 * @throws SunbeonError `OPTION_INVALID`, without the secret
 */
export function secretBytes(secret: unknown): Buffer {
  const text = typeof secret === 'string' && secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const bytes = /^[A-Za-z\d+/]+={0,2}$/.test(text) ? Buffer.from(text, 'base64') : Buffer.alloc(0);
  if (bytes.length >= LEAST_BYTES && bytes.length <= MOST_BYTES) return bytes;
  throw new SunbeonError('OPTION_INVALID', `webhook: secret is not ${PREFIX} with ${LEAST_BYTES} to ${MOST_BYTES} bytes in base64.`, {
    hint: `Make one: node -p "'${PREFIX}' + crypto.randomBytes(32).toString('base64')"`,
    facts: { option: 'secret' },
  }); // prettier-ignore
}

export interface Signed {
  /** The same for all tries of one message, so that the receiver can tell a repetition. */
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
}

/**
 * The three headers of Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA256 over `id.timestamp.body`, so that neither body nor
 * moment can be changed, and an old message cannot be sent again unnoticed. Without a secret there is no signature.
 */
export function signatureHeaders({ id, atMs, body }: Signed, secret: Buffer | undefined): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1_000));
  const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp };
  if (secret === undefined) return headers;
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { ...headers, 'webhook-signature': `v1,${signature}` };
}
