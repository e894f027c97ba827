import { expect, test } from '@jest/globals';
import { notifications, webhook } from '@sunbeon/notify';
import { collect, startHook, startTestApp, until } from '@sunbeon/testing';
import { deliver, Driver, telling } from '../fixtures/told.js';

const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;

test('while a webhook hangs and fails tasks go on, and then it gets the message that it refused', async () => {
  const answer = Promise.withResolvers<number>();
  await using hook = await startHook((_, index) => [answer.promise, 503][index] ?? 204);
  const ops = webhook({ url: hook.url, secret, allowPrivate: true, timeoutMs: 60_000, random: () => 0 });
  await using app = await startTestApp({ policies: telling('ops'), contracts: [deliver], handlers: [Driver], notify: notifications({ channels: { ops } }) }); // prettier-ignore
  const [sent, failed] = [collect(app.events, 'notify.sent'), collect(app.events, 'notify.failed')];

  await app.tasks.enqueue(deliver, { number: 0, isBroken: true });
  await until(() => hook.calls.length > 0, { what: 'the webhook has its first request' });
  const numbers = Array.from({ length: 50 }, (_, number) => ({ number, isBroken: number % 2 === 0 }));
  const handles = await app.tasks.enqueueMany(deliver, numbers);
  const results = await Promise.allSettled(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
  expect(await app.buried('parcels')).toHaveLength(26);
  expect([hook.calls.length, sent.length]).toEqual([1, 0]);

  answer.resolve(502);
  await until(() => sent.length > 0, { what: 'the message was taken' });
  expect(new Set(hook.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect([hook.calls.length, failed]).toEqual([3, []]);
});
