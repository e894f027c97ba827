import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { mail, notifications } from '@sunbeon/notify';
import { startTestApp, until } from '@sunbeon/testing';
import { SMTPServer } from 'smtp-server';
import { deliver, Driver, telling } from '../fixtures/told.js';

test('a failure is an e-mail that says what, how often and where to look', async () => {
  const letters: string[] = [];
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onData: (stream, { envelope }, done) =>
      void text(stream).then((letter) => {
        letters.push(`RCPT ${envelope.rcptTo.map(({ address }) => address).join()}\n${letter}`);
        done();
      }),
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const ops = mail({ host: '127.0.0.1', port, from: 'Sunbeon <sunbeon@example.org>', to: ['ops@example.org', 'night@example.org'] }); // prettier-ignore
  const notify = notifications({ channels: { ops } });
  {
    await using app = await startTestApp({
      policies: telling('ops'),
      contracts: [deliver],
      handlers: [Driver],
      notify,
    });

    const { id } = await app.tasks.enqueue(deliver, { number: 7, isBroken: true });

    await until(() => letters.length > 0, { what: 'the letter has arrived' });
    const letter = letters[0]!.replaceAll(/=\r\n/g, '');
    expect(letter).toMatch(/^RCPT ops@example\.org,night@example\.org\n/);
    expect(letter).toMatch(/^Subject: \[Sunbeon\] deliver buried: HANDLER_FAILED Bury: parcel 7 is broken\r$/m);
    expect(letter).toMatch(/^From: Sunbeon <sunbeon@example\.org>\r$/m);
    expect(letter).toMatch(new RegExp(`^ {2}example: ${id} at .*parcels/\\d/\\d+, attempt 1\r$`, 'm'));
  }
  expect(letters).toHaveLength(1);
  await new Promise<void>((resolve) => server.close(resolve));
});
