import { describe, expect, test } from '@jest/globals';
import { Events, type SunbeonEvents } from '@sunbeon/core/events';
import { collect, FakeClock } from '@sunbeon/testing';
import { type Alert, log, type Notifier, notifications, type NotificationsOptions } from './index.js';

const place = { id: 'id-1', contract: 'math.add', topic: 'math', partition: 3, offset: 42, group: 'math', attempt: 2 };
const error = { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no 7', stack: 'secret', retriable: true };
const ended: SunbeonEvents['attempt.ended'] = { ...place, verdict: 'bury', durationMs: 1, error, notify: ['ops'] };

function noting(): Notifier & { alerts: Alert[] } {
  const alerts: Alert[] = [];
  return { alerts, notify: async (told) => void alerts.push(...told) };
}

function setUp(options: Partial<NotificationsOptions> = {}) {
  const [clock, events, ops, mail] = [new FakeClock(0), new Events(), noting(), noting()];
  const notify = notifications({ channels: { ops, mail }, ...options });
  notify.start({ events, clock });
  return { clock, events, notify, ops, mail };
}

describe('notifications', () => {
  test('tell the channels that a failure names, once each, and no other', async () => {
    const { clock, events, ops, mail } = setUp();
    events.emit('attempt.ended', { ...ended, notify: ['ops', 'ops', 'another deployment’s'] });
    await clock.advance(0);
    expect(ops.alerts).toEqual([
      {
        fingerprint: expect.stringMatching(/^[\da-f]{12}$/),
        contract: 'math.add',
        queue: 'math',
        group: 'math',
        error: { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no 7' },
        done: 'bury',
        attempts: 2,
        example: { id: 'id-1', address: 'math/3/42' },
        count: 1,
        total: 1,
        kinds: 1,
        firstMs: 0,
        lastMs: 0,
      },
    ]);
    expect(mail.alerts).toEqual([]);
  });

  test('take failures that differ in a number for one kind', async () => {
    const { clock, events, ops } = setUp();
    for (let i = 0; i < 50; i++) events.emit('attempt.ended', { ...ended, error: { ...error, message: `no ${i}` } });
    await clock.advance(0);
    expect(ops.alerts.map(({ count }) => count)).toEqual([50]);
  });

  test.each([
    ['retry', 'retry', error],
    ['drop', 'ignore', undefined],
    ['finish', 'ignore', error],
  ] as const)('tell of the verdict %s as %s', async (verdict, done, failure) => {
    const { clock, events, ops } = setUp();
    const { error: _error, ...facts } = ended;
    events.emit('attempt.ended', { ...facts, verdict, ...(failure === undefined ? {} : { error: failure }) });
    await clock.advance(0);
    expect(ops.alerts.map((alert) => alert.done)).toEqual([done]);
  });

  test('tell nothing of what names nobody, ended well, or is not decided', async () => {
    const { clock, events, ops } = setUp();
    const { error: _error, notify: _notify, ...facts } = ended;
    events.emit('attempt.ended', { ...facts, error });
    events.emit('attempt.ended', { ...ended, notify: [] });
    events.emit('attempt.ended', { ...facts, verdict: 'finish', notify: ['ops'] });
    events.emit('attempt.ended', { ...ended, verdict: 'hold' });
    await clock.advance(60_000);
    expect(ops.alerts).toEqual([]);
  });

  test('tell of paused and resumed queues in all channels, or in those that are named', async () => {
    const all = setUp();
    const named = setUp({ queues: ['mail'] });
    for (const { events } of [all, named]) {
      const pause = { queue: 'math', reason: '60 % failed', state: 'open', by: 'me', atMs: 5, isOwn: true } as const;
      events.emit('queue.paused', pause);
      events.emit('queue.paused', { ...pause, by: 'another replica', isOwn: false });
      events.emit('queue.paused', { ...pause, state: 'half-open' });
      events.emit('queue.resumed', { queue: 'math', reason: 'probes went well', by: 'me', atMs: 6, isOwn: true });
    }
    for (const { clock } of [all, named]) await clock.advance(0);
    expect(all.ops.alerts.map(({ done, queue, count, error }) => [done, queue, count, error.message])).toEqual([
      ['paused', 'math', 1, '60 % failed'],
      ['resumed', 'math', 1, 'probes went well'],
    ]);
    expect([all.mail.alerts.length, named.ops.alerts.length, named.mail.alerts.length]).toEqual([2, 0, 2]);
  });

  test('listen no more after the stop, which tells what is left and can be called again, or without a start', async () => {
    const { events, notify, ops } = setUp();
    events.emit('attempt.ended', ended);
    await Promise.all([notify.stop(), notify.stop()]);
    events.emit('attempt.ended', ended);
    expect([ops.alerts.length, events.has('attempt.ended')]).toEqual([1, false]);
    await notifications({ channels: {} }).stop();
  });

  test('the log is a channel: a line for each alert', async () => {
    const { clock, events } = setUp({ channels: { ops: log() } });
    const lines = collect(events, 'alert.logged');
    events.emit('attempt.ended', ended);
    events.emit('attempt.ended', { ...ended, verdict: 'retry', contract: 'math.sub' });
    await clock.advance(0);
    expect(lines).toEqual([
      { channel: 'ops', level: 'error', message: 'math.add buried: HANDLER_FAILED TypeError: no 7' },
      { channel: 'ops', level: 'warn', message: 'math.sub failed, will be tried again: HANDLER_FAILED TypeError: no 7' }, // prettier-ignore
    ]);
  });

  test('know the names of their channels', () => {
    expect(notifications({ channels: { ops: log(), mail: log() } }).channels).toEqual(['ops', 'mail']);
  });

  test.each([
    [{ channels: {}, intervallMs: 1 }, 'OPTION_UNKNOWN', 'Did you mean "intervalMs"?'],
    [{ channels: {}, intervalMs: 0 }, 'OPTION_INVALID', 'from 1'],
    [{ channels: {}, maxPerHour: 1.5 }, 'OPTION_INVALID', 'from 1'],
    [{}, 'OPTION_INVALID', 'by name'],
    [{ channels: { 'o ps': log() } }, 'OPTION_INVALID', 'letters'],
    [{ channels: { ops: undefined } }, 'OPTION_INVALID', 'webhook'],
    [{ channels: { ops: log() }, queues: ['opps'] }, 'OPTION_INVALID', 'Did you mean "ops"?'],
  ])('refuse %j', (options, code, hint) => {
    expect(() => notifications(options as NotificationsOptions)).toThrow(expect.objectContaining({ code, hint: expect.stringContaining(hint) })); // prettier-ignore
  });
});
