import { expect, test } from '@jest/globals';
import type { Failure } from '@sunbeon/core';
import { notifications, webhook } from '@sunbeon/notify';
import { collect, startHook, startTestApp, until } from '@sunbeon/testing';
import { deliver, Driver } from '../fixtures/told.js';

const secret = `whsec_${Buffer.alloc(32, 's').toString('base64')}`;

test('a name that leads inside is not connected to, unless the deployment says that it may', async () => {
  await using hook = await startHook();
  const url = `http://localhost:${hook.port}/alerts`;
  const channels = { ops: webhook({ url, secret }), inside: webhook({ url, secret, allowPrivate: true }) };
  const of = (parcel: number) => [(failure: Failure) => failure.message.startsWith(`parcel ${parcel} `)];
  const policies = {
    deliver: {
      onError: [
        { notify: 'ops', on: of(1) },
        { notify: 'inside', on: of(2) },
      ],
    },
  };
  await using app = await startTestApp({ policies, contracts: [deliver], handlers: [Driver], notify: notifications({ channels }) }); // prettier-ignore
  const [sent, failed] = [collect(app.events, 'notify.sent'), collect(app.events, 'notify.failed')];

  await app.tasks.enqueue(deliver, { number: 1, isBroken: true });
  await until(() => failed.length > 0, { what: 'the message was given up' });
  expect(failed).toMatchObject([{ channel: 'ops', error: { code: 'ADDRESS_REFUSED' }, dropped: 1 }]);
  expect(hook.connections).toBe(0);

  await app.tasks.enqueue(deliver, { number: 2, isBroken: true });
  await until(() => sent.length > 0, { what: 'the message was taken' });
  expect(sent).toEqual([{ channel: 'inside', alerts: 1, failures: 1 }]);
  expect(hook.calls.map(({ path }) => path)).toEqual(['/alerts']);
});

test.each(['http://127.0.0.1/', 'http://[::ffff:10.0.0.1]/', 'http://169.254.169.254/latest/meta-data'])('%s is refused at boot', (url) => {
  expect(() => webhook({ url, secret })).toThrow(expect.objectContaining({ code: 'ADDRESS_REFUSED' }));
}); // prettier-ignore
