import { expect, test } from '@jest/globals';
import { notifications, webhook } from '@sunbeon/notify';
import { startHook, startTestApp, until } from '@sunbeon/testing';
import { deliver, Driver, telling } from '../fixtures/told.js';

test('a chat that takes what Slack takes gets its message as one text, and nothing else', async () => {
  await using hook = await startHook();
  const notify = notifications({ channels: { chat: webhook({ url: hook.url, format: 'slack', allowPrivate: true }) } });
  await using app = await startTestApp({ policies: telling('chat'), contracts: [deliver], handlers: [Driver], notify });

  const { id } = await app.tasks.enqueue(deliver, { number: 7, isBroken: true });

  await until(() => hook.calls.length > 0, { what: 'the chat has the message' });
  const { text, ...rest } = JSON.parse(hook.calls[0]!.body) as { text: string };
  expect(rest).toEqual({});
  expect(text).toMatch(/^deliver buried: HANDLER_FAILED Bury: parcel 7 is broken\n/);
  expect(text).toContain(`example: ${id} at `);
});
