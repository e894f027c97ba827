import { expect, test } from '@jest/globals';
import { type Notifier, notifications, webhook } from '@sunbeon/notify';
import { collect, startHook, startTestApp, until } from '@sunbeon/testing';
import { deliver, Driver, telling } from '../fixtures/told.js';

const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;
/** Heeds nothing. */
const deaf: Notifier = { notify: () => Promise.withResolvers<void>().promise };

test('a stop waits for notifiers as long as it is told to, and says of how many failures nobody heard', async () => {
  await using hook = await startHook(() => Promise.withResolvers<number>().promise);
  const channels = { ops: webhook({ url: hook.url, secret, allowPrivate: true, timeoutMs: 60_000 }), deaf };
  const notify = notifications({ channels, flushTimeoutMs: 200 });
  await using app = await startTestApp({
    policies: telling('ops', 'deaf'),
    contracts: [deliver],
    handlers: [Driver],
    notify,
  });
  const failed = collect(app.events, 'notify.failed');

  await app.tasks.enqueue(deliver, { number: 0, isBroken: true });
  await until(() => hook.calls.length > 0, { what: 'the webhook has its request' });
  const handles = await app.tasks.enqueueMany(deliver, Array.from({ length: 9 }, (_, i) => ({ number: i, isBroken: true }))); // prettier-ignore
  await Promise.allSettled(handles.map((handle) => handle.result({ timeoutMs: 20_000 })));

  const beganMs = performance.now();
  await app.stop();
  expect(performance.now() - beganMs).toBeLessThan(10_000); // the notifiers would take a minute
  const dropped = (channel: string) => failed.filter((facts) => facts.channel === channel).map((facts) => facts.dropped); // prettier-ignore
  expect([dropped('ops'), dropped('deaf')]).toEqual([
    [1, 9],
    [1, 9],
  ]);
});
