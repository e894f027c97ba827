import { expect, test } from '@jest/globals';
import type { Alert } from '@sunbeon/notify';
import { notifications, webhook } from '@sunbeon/notify';
import { collect, startHook, startTestApp, until } from '@sunbeon/testing';
import { deliver, Driver, telling } from '../fixtures/told.js';

const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;

test('a thousand equal failures are told with their number, in two messages at most', async () => {
  await using hook = await startHook();
  const notify = notifications({ channels: { ops: webhook({ url: hook.url, secret, allowPrivate: true }) } });
  await using app = await startTestApp({
    policies: telling('ops'),
    contracts: [deliver],
    handlers: [Driver],
    notify,
    consume: { breaker: false },
  }); // it would pause the queue
  const ended = collect(app.events, 'attempt.ended');

  await app.tasks.enqueueMany(
    deliver,
    Array.from({ length: 1_000 }, (_, number) => ({ number, isBroken: true })),
  );

  const told = (): number => ended.filter((facts) => facts.notify !== undefined).length;
  await until(() => told() === 1_000, { what: 'all thousand have failed', timeoutMs: 40_000 });
  await app.stop(); // the rest would be told after five minutes
  const messages = hook.calls.map(({ body }) => (JSON.parse(body) as { data: { alerts: Alert[] } }).data.alerts);
  // One, or two if the first was told before the last had failed.
  expect(messages.length).toBeLessThanOrEqual(2);
  expect(messages.flat()).toHaveLength(messages.length);
  expect(messages.flat().reduce((sum, { count }) => sum + count, 0)).toBe(1_000);
  expect(messages.flat().at(-1)).toMatchObject({
    contract: 'deliver',
    done: 'bury',
    total: 1_000,
    kinds: 1,
    fingerprint: messages[0]![0]!.fingerprint,
    error: { code: 'HANDLER_FAILED', name: 'Bury', message: expect.stringMatching(/^parcel \d+ is broken$/) },
    example: { address: expect.stringMatching(/parcels\/\d\/\d+$/) },
  });
}, 60_000);
