import { expect, test } from '@jest/globals';
import type { Alert } from '@sunbeon/core/alerts';
import { notifications, webhook } from '@sunbeon/notify';
import { startHook, startTestApp, until } from '@sunbeon/testing';
import { Bank, HASTY, numbers, pay } from '../fixtures/bank.js';

const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;

test('people are told of a queue that its breaker has paused, and why', async () => {
  await using hook = await startHook();
  const notify = notifications({ channels: { ops: webhook({ url: hook.url, secret, allowPrivate: true }) } });
  await using app = await startTestApp({ contracts: [pay], handlers: [Bank], notify, consume: { breaker: HASTY } });

  await app.tasks.enqueueMany(pay, numbers(100));

  await until(() => hook.calls.length > 0, { what: 'people are told' });
  const { data } = JSON.parse(hook.calls[0]!.body) as { data: { title: string; alerts: Alert[] } };
  const message = expect.stringMatching(/^\d+ of \d+ attempts failed within 60 s$/) as unknown as string;
  expect(data.alerts).toMatchObject([{ done: 'paused', queue: 'payments', error: { code: 'QUEUE_PAUSED', message } }]);
  expect(data.title).toMatch(/^queue payments paused: /);
});
