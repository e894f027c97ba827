import { expect, test } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { notifications, webhook } from '@sunbeon/notify';
import { type HookCall, startHook, startTestApp, until } from '@sunbeon/testing';
import { deliver, Driver, telling } from '../fixtures/told.js';

const key = Buffer.alloc(32, 'k');

/** As the receiver does it that Standard Webhooks describes. */
function isGenuine({ headers, body }: HookCall): boolean {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`;
  const expected = `v1,${createHmac('sha256', key).update(signed).digest('base64')}`;
  const ageMs = Math.abs(Date.now() - 1_000 * Number(headers['webhook-timestamp']));
  return String(headers['webhook-signature']).split(' ').includes(expected) && ageMs < 300_000;
}

test('a receiver can tell a message of ours from a forged, a changed and an old one', async () => {
  await using hook = await startHook();
  const ops = webhook({ url: hook.url, secret: `whsec_${key.toString('base64')}`, allowPrivate: true });
  await using app = await startTestApp({ policies: telling('ops'), contracts: [deliver], handlers: [Driver], notify: notifications({ channels: { ops } }) }); // prettier-ignore

  await app.tasks.enqueue(deliver, { number: 1, isBroken: true });

  await until(() => hook.calls.length > 0, { what: 'the message has arrived' });
  const [call] = hook.calls;
  expect(isGenuine(call!)).toBe(true);
  expect(isGenuine({ ...call!, body: call!.body.replace('parcel 1', 'parcel 2') })).toBe(false);
  const older = { ...call!.headers, 'webhook-timestamp': String(Math.floor(Date.now() / 1_000) - 1) };
  expect(isGenuine({ ...call!, headers: older })).toBe(false);
  expect(isGenuine({ ...call!, headers: { ...call!.headers, 'webhook-id': 'msg_other' } })).toBe(false);
});
