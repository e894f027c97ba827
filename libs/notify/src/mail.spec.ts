import { describe, expect, test } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import type { AddressInfo } from 'node:net';
import { alertOf } from './alert.fake.js';
import { mail, type MailOptions } from './mail.js';

const call = (signal = new AbortController().signal) => ({ channel: 'mail', signal, events: new Events() });

interface Letter {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

async function startServer(options: SMTPServerOptions = {}) {
  const letters: Letter[] = [];
  let connections = 0;
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onConnect: (_session, done) => (connections++, done()),
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        letters.push({
          from,
          to: envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  const stop = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
  return { port, letters, connections: () => connections, [Symbol.asyncDispose]: stop };
}

/** Pauses take no time. */
const quick = { now: () => 0, after: (_ms: number, fn: () => void) => (queueMicrotask(fn), () => undefined) };

function mailTo(port: number, options: Partial<MailOptions> = {}) {
  return mail({ host: '127.0.0.1', port, from: 'Sunbeon <sunbeon@example.org>', to: 'ops@example.org', clock: quick, ...options }); // prettier-ignore
}

describe('mail', () => {
  test('brings the alerts to all recipients, in plain text', async () => {
    await using server = await startServer();
    await mailTo(server.port, { to: ['ops@example.org', 'Two <two@example.org>'] }).notify([alertOf(), alertOf({ count: 5 })], call()); // prettier-ignore
    expect(server.letters).toMatchObject([{ from: 'sunbeon@example.org', to: ['ops@example.org', 'two@example.org'] }]);
    const { text } = server.letters[0]!;
    expect(text).toMatch(/^From: Sunbeon <sunbeon@example\.org>\r$/m);
    expect(text).toMatch(/^Auto-Submitted: auto-generated\r$/m);
    const unfolded = text.replace(/=\r\n/g, '').replace(/\r\n more/, ' more');
    expect(unfolded).toContain('\r\n5 =C3=97 math.add buried: HANDLER_FAILED TypeError: no\r\n  when: 1970');
    expect(unfolded).toMatch(/^Subject: \[Sunbeon\] math\.add buried: HANDLER_FAILED TypeError: no \(and 1 more\)\r$/m); // prettier-ignore
  });

  test('an error’s message makes no header and no line of its own', async () => {
    await using server = await startServer();
    const message = 'x\r\nBcc: all@example.org\r\n\r\nDear all\u2028.\r\n.\r\nMAIL FROM:<evil@example.org>';
    await mailTo(server.port).notify([alertOf({ error: { code: 'X', name: 'X', message }, queue: 'a\r\nb' })], call());
    expect(server.letters).toHaveLength(1);
    const { to, text } = server.letters[0]!;
    expect(to).toEqual(['ops@example.org']);
    expect(text).not.toMatch(/^(Bcc|Dear|MAIL)/im);
  });

  test('tries again when the server says "later", with the same Message-ID', async () => {
    let tries = 0;
    const later = Object.assign(new Error('greylisted'), { responseCode: 451 });
    await using server = await startServer({
      onRcptTo: (_address, _session, done) => done(++tries < 3 ? later : null),
    });
    await mailTo(server.port).notify([alertOf()], call());
    expect([tries, server.letters.length]).toEqual([3, 1]);
    expect(server.letters[0]!.text).toMatch(/^Message-ID: <[\da-f-]{36}@example\.org>\r$/m);
  });

  test('does not try again what the server refuses', async () => {
    const refusal = Object.assign(new Error('no such user'), { responseCode: 550 });
    await using server = await startServer({ onRcptTo: (_address, _session, done) => done(refusal) });
    await expect(mailTo(server.port).notify([alertOf()], call())).rejects.toMatchObject({ code: 'NOTIFY_FAILED', message: expect.stringContaining('no such user') }); // prettier-ignore
    expect(server.connections()).toBe(1);
  });

  test('a recipient that is refused while others are not is said', async () => {
    await using server = await startServer({ onRcptTo: ({ address }, _session, done) => done(address.startsWith('gone') ? new Error('gone') : null) }); // prettier-ignore
    await expect(mailTo(server.port, { to: ['ops@example.org', 'gone@example.org'] }).notify([alertOf()], call())).rejects.toThrow('1 of the recipients'); // prettier-ignore
    expect(server.letters).toHaveLength(1);
  });

  test('a password is not told to a server without TLS', async () => {
    let logins = 0;
    await using server = await startServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true, onAuth: (_auth, _session, done) => (logins++, done(null, { user: 'x' })) }); // prettier-ignore
    const sent = mailTo(server.port, { auth: { user: 'sunbeon', pass: 'secret' } }).notify([alertOf()], call());
    await expect(sent).rejects.toMatchObject({ code: 'NOTIFY_FAILED', message: expect.not.stringContaining('secret') });
    expect([logins, server.letters.length]).toEqual([0, 0]);
  });

  test('a server that says nothing is given up, at once when nobody waits any more', async () => {
    const connected = Promise.withResolvers<void>();
    await using server = await startServer({ onConnect: () => connected.resolve() });
    await expect(mailTo(server.port, { timeoutMs: 50, retries: 0 }).notify([alertOf()], call())).rejects.toMatchObject({ code: 'NOTIFY_FAILED' }); // prettier-ignore
    const over = new AbortController();
    const waiting = mailTo(server.port).notify([alertOf()], call(over.signal));
    await connected.promise;
    over.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'NOTIFY_FAILED' });
  });
});

describe('mail refuses', () => {
  const good = { host: 'smtp.example.org', from: 'a@example.org', to: 'b@example.org' };
  test.each([
    [{ ...good, hosts: 1 }, 'OPTION_UNKNOWN'],
    [{ ...good, host: '' }, 'OPTION_INVALID'],
    [{ ...good, host: 'a b' }, 'OPTION_INVALID'],
    [{ ...good, port: 0 }, 'OPTION_INVALID'],
    [{ ...good, secure: 'yes' }, 'OPTION_INVALID'],
    [{ ...good, auth: { user: 'x' } }, 'OPTION_INVALID'],
    [{ ...good, auth: { user: 'x', password: 'y' } }, 'OPTION_UNKNOWN'],
    [{ ...good, timeoutMs: 0 }, 'OPTION_INVALID'],
    [{ ...good, retries: -1 }, 'OPTION_INVALID'],
    [{ ...good, from: undefined }, 'OPTION_INVALID'],
    [{ ...good, to: [] }, 'OPTION_INVALID'],
    [{ ...good, to: 'b@example.org, c@example.org' }, 'OPTION_INVALID'],
    [{ ...good, to: 'b@example.org\r\nBcc: c@example.org' }, 'OPTION_INVALID'],
    [{ ...good, from: 'A\r\nBcc: c@example.org <a@example.org>' }, 'OPTION_INVALID'],
    [{ ...good, from: '"A" <a@example.org>' }, 'OPTION_INVALID'],
  ])('%j', (options, code) => {
    expect(() => mail(options as unknown as MailOptions)).toThrow(expect.objectContaining({ code }));
  });

  test('nothing that is right', () => {
    expect(() => mail({ ...good, secure: true, port: 465, auth: { user: 'x', pass: 'y' }, from: 'Sön Beon <a@example.org>' })).not.toThrow(); // prettier-ignore
  });
});
