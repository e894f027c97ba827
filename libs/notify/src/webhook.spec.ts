import { describe, expect, test } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { FakeClock, startHook, until } from '@sunbeon/testing';
import { alertOf } from './alert.fake.js';
import { webhook, type WebhookOptions } from './webhook.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const call = (signal = new AbortController().signal) => ({ channel: 'ops', signal, events: new Events() });

/** Pauses have half of their longest length, and take no time. */
function hooked(url: string, options: Partial<WebhookOptions> = {}) {
  const clock = new FakeClock();
  const pauses: number[] = [];
  const after = clock.after.bind(clock);
  const quick = { now: () => clock.now(), after: (ms: number, fn: () => void) => (pauses.push(ms), void clock.advance(ms), after(ms, fn)) }; // prettier-ignore
  return { pauses, clock, notifier: webhook({ url, secret: SECRET, allowPrivate: true, clock: quick, random: () => 0.5, ...options }) }; // prettier-ignore
}

describe('webhook', () => {
  test('posts the alerts as JSON, and succeeds with any 2xx', async () => {
    await using hook = await startHook(() => 202);
    await hooked(`${hook.url}alerts?to=ops`).notifier.notify([alertOf()], call());
    expect(hook.calls).toMatchObject([{ path: '/alerts?to=ops', headers: { 'content-type': 'application/json', 'user-agent': 'sunbeon' } }]); // prettier-ignore
    expect(JSON.parse(hook.calls[0]!.body)).toEqual({
      type: 'sunbeon.alerts',
      timestamp: '2026-01-01T00:00:00.000Z',
      data: { channel: 'ops', title: 'math.add buried: HANDLER_FAILED TypeError: no', alerts: [alertOf()] },
    });
  });

  test('tries again what may succeed later, as the same message with a new signature, and heeds Retry-After', async () => {
    const answers = [500, { status: 429, headers: { 'retry-after': '7' } }, { status: 503, headers: { 'retry-after': '86400' } }, 204]; // prettier-ignore
    await using hook = await startHook((_, index) => answers[index]!);
    const { notifier, pauses } = hooked(hook.url);
    await notifier.notify([alertOf()], call());
    expect(pauses).toEqual([500, 8_000, 62_000]);
    expect(new Set(hook.calls.map(({ headers, body }) => headers['webhook-id'] + body)).size).toBe(1);
    expect(new Set(hook.calls.map(({ headers }) => headers['webhook-signature'])).size).toBeGreaterThan(2);
  });

  test('gives up after its retries', async () => {
    await using hook = await startHook(() => ({ status: 500, body: 'out\nof order' }));
    await expect(hooked(hook.url, { retries: 2 }).notifier.notify([alertOf()], call())).rejects.toMatchObject({
      code: 'NOTIFY_FAILED',
      message: 'webhook: 127.0.0.1 answered 500: out of order.',
    });
    expect(hook.calls).toHaveLength(3);
  });

  test.each([
    [400, {}],
    [404, {}],
    [302, { location: '/elsewhere' }],
    [307, { location: '/elsewhere' }],
  ])('does not try a %d again, and follows no redirect', async (status, headers) => {
    await using hook = await startHook(() => ({ status, headers }));
    await expect(hooked(hook.url).notifier.notify([alertOf()], call())).rejects.toThrow(`answered ${status}`);
    expect(hook.calls).toHaveLength(1);
  });

  test('says who cannot be reached, and not where', async () => {
    const gone = await startHook();
    await gone[Symbol.asyncDispose]();
    const { notifier, pauses } = hooked(`${gone.url}services/T000/secret`);
    const failure: unknown = await notifier.notify([alertOf()], call()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'NOTIFY_FAILED', message: expect.stringMatching(/^webhook: 127\.0\.0\.1 cannot be reached: connect ECONNREFUSED/) }); // prettier-ignore
    expect(`${String(failure)} ${String((failure as Error).cause)}`).not.toContain('secret');
    expect(pauses).toHaveLength(3);
  });

  test('a try that hangs ends at its time limit, one that nobody waits for at once', async () => {
    await using hook = await startHook(() => Promise.withResolvers<number>().promise);
    await expect(hooked(hook.url, { timeoutMs: 50, retries: 1 }).notifier.notify([alertOf()], call())).rejects.toThrow('cannot be reached: no answer in time'); // prettier-ignore
    expect(hook.calls).toHaveLength(2);
    const over = new AbortController();
    const waiting = hooked(hook.url, { retries: 10 }).notifier.notify([alertOf()], call(over.signal));
    await until(() => hook.calls.length === 3, { what: 'the request has arrived' });
    over.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'NOTIFY_FAILED' });
    expect(hook.calls).toHaveLength(3);
  });

  test('an endless refusal is read to its beginning only', async () => {
    await using hook = await startHook(() => ({ status: 403, body: 'x'.repeat(5_000_000) }));
    await expect(hooked(hook.url).notifier.notify([alertOf()], call())).rejects.toThrow(/answered 403: x{200}\.$/);
  });
});

describe('a webhook’s address', () => {
  test.each(['http://127.0.0.1/', 'http://[::1]/', 'http://[::ffff:10.0.0.1]/', 'http://0x7f.1/', 'https://169.254.169.254/latest'])('%s is refused at boot', (url) => {
    expect(() => webhook({ url, secret: SECRET })).toThrow(expect.objectContaining({ code: 'ADDRESS_REFUSED' }));
    expect(() => webhook({ url, secret: SECRET, allowPrivate: true })).not.toThrow();
  }); // prettier-ignore

  test('is looked at when its name is resolved, each time; no connection is made and no retry', async () => {
    await using hook = await startHook();
    const { notifier, pauses } = hooked(`http://localhost:${hook.port}/`, { allowPrivate: false });
    await expect(notifier.notify([alertOf()], call())).rejects.toMatchObject({ code: 'ADDRESS_REFUSED', facts: { name: 'localhost' } }); // prettier-ignore
    expect([hook.connections, pauses]).toEqual([0, []]);
  });

  test('one that is not public among several is enough', async () => {
    await using hook = await startHook();
    const resolve: WebhookOptions['resolve'] = (_name, _options, done) => done(null, [{ address: '8.8.8.8', family: 4 }, { address: '127.0.0.1', family: 4 }]); // prettier-ignore
    const { notifier } = hooked(`http://hook.example:${hook.port}/`, { allowPrivate: false, resolve });
    await expect(notifier.notify([alertOf()], call())).rejects.toMatchObject({ code: 'ADDRESS_REFUSED', facts: { address: '127.0.0.1' } }); // prettier-ignore
    expect(hook.connections).toBe(0);
  });

  test('what was looked at is what is connected to: a name is resolved once per try', async () => {
    await using hook = await startHook((_, index) => (index === 0 ? 500 : 204));
    let asked = 0;
    const resolve: WebhookOptions['resolve'] = (_name, _options, done) => void (asked++, done(null, [{ address: '127.0.0.1', family: 4 }])); // prettier-ignore
    await hooked(`http://hook.example:${hook.port}/`, { resolve }).notifier.notify([alertOf()], call());
    expect([asked, hook.calls.map(({ headers }) => headers.host)]).toEqual([2, Array(2).fill(`hook.example:${hook.port}`)]); // prettier-ignore
  });
});

describe('webhook refuses', () => {
  const url = 'https://hooks.example.org/';
  test.each([
    [{ url, secret: SECRET, secrets: 1 }, 'OPTION_UNKNOWN', 'Did you mean "secret"?'],
    [{ url }, 'OPTION_INVALID', 'Make one'],
    [{ url: 'hooks.example.org', secret: SECRET }, 'OPTION_INVALID', 'http(s)'],
    [{ url: 'ftp://hooks.example.org', secret: SECRET }, 'OPTION_INVALID', 'http(s)'],
    [{ url: 'https://user:pass@hooks.example.org', secret: SECRET }, 'OPTION_INVALID', 'without user'],
    [{ url, secret: SECRET, format: 'teams' }, 'OPTION_INVALID', "'slack'"],
    [{ url, secret: SECRET, allowPrivate: 'no' }, 'OPTION_INVALID', 'true or false'],
    [{ url, secret: SECRET, timeoutMs: 0 }, 'OPTION_INVALID', '1 to 60000'],
    [{ url, secret: SECRET, retries: 11 }, 'OPTION_INVALID', '0 to 10'],
  ])('%j', (options, code, hint) => {
    expect(() => webhook(options as unknown as WebhookOptions)).toThrow(expect.objectContaining({ code, hint: expect.stringContaining(hint) })); // prettier-ignore
  });

  test('nothing that is undefined, and no secret for Slack', () => {
    expect(() => webhook({ url, format: 'slack', secret: undefined, retries: undefined } as unknown as WebhookOptions)).not.toThrow(); // prettier-ignore
  });
});
