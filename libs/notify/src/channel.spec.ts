import { describe, expect, test } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import type { Notifier } from '@sunbeon/core/notifier';
import { collect, FakeClock } from '@sunbeon/testing';
import type { Alert, NotifyCall } from './index.js';
import { Channel } from './channel.js';
import { alertOf } from './alert.fake.js';

const MINUTE = 60_000;

/** A channel over a notifier that answers as a test says; by default it takes everything. */
function setUp(notify: Notifier['notify'] = () => Promise.resolve(), limits = {}) {
  const [clock, events] = [new FakeClock(), new Events()];
  const calls: { alerts: readonly Alert[]; call: NotifyCall }[] = [];
  const notifier: Notifier = { notify: (alerts, call) => (calls.push({ alerts, call }), notify(alerts, call)) };
  const options = { limits: { intervalMs: 5 * MINUTE, maxPerHour: 30, maxGroups: 100, ...limits }, timeoutMs: MINUTE, clock, events }; // prettier-ignore
  const channel = new Channel('ops', notifier, options);
  const [sent, failed] = [collect(events, 'notify.sent'), collect(events, 'notify.failed')];
  const fail = (fingerprint = 'a', times = 1): void => {
    for (let i = 0; i < times; i++) channel.add(alertOf({ fingerprint }));
  };
  return { clock, events, calls, channel, sent, failed, fail };
}

const never: Notifier['notify'] = () => Promise.withResolvers<void>().promise;
const untilAborted: Notifier['notify'] = (_alerts, { signal }) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a channel', () => {
  test('tells the first at once and a thousand others in one message, and rests when there is nothing to tell', async () => {
    const { clock, calls, sent, fail } = setUp();
    fail();
    expect(calls).toEqual([]);
    await clock.advance(0);
    fail('a', 999);
    await clock.advance(5 * MINUTE - 1);
    expect(calls.map(({ alerts }) => alerts[0]!.count)).toEqual([1]);
    await clock.advance(1);
    expect(calls.map(({ alerts }) => alerts[0]!.count)).toEqual([1, 999]);
    expect(sent).toEqual([
      { channel: 'ops', alerts: 1, failures: 1 },
      { channel: 'ops', alerts: 1, failures: 999 },
    ]);
    expect(clock.pending).toBe(0);
  });

  test('sends one message at a time: what comes meanwhile is one more', async () => {
    const taken = Promise.withResolvers<void>();
    const { clock, calls, fail } = setUp(() => taken.promise);
    fail('a');
    await clock.advance(0);
    for (const kind of ['b', 'c', 'd']) fail(kind);
    await clock.advance(1_000);
    expect(calls).toHaveLength(1);
    taken.resolve();
    await clock.advance(1);
    expect(calls.map(({ alerts }) => alerts.length)).toEqual([1, 3]);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('away'))],
    ['throws', () => { throw new Error('away'); }], // prettier-ignore
  ])('a notifier that %s loses that message, is said to, and gets the next', async (_how, notify) => {
    const { clock, calls, failed, fail } = setUp(notify);
    fail('a', 3);
    await clock.advance(0);
    expect(failed).toMatchObject([{ channel: 'ops', error: { message: 'away' }, dropped: 3 }]);
    fail('b');
    await clock.advance(0);
    expect(calls).toHaveLength(2);
  });

  test('one that hangs is given up and told so, and the next message is sent beside it', async () => {
    const { clock, calls, failed, fail } = setUp(never);
    fail('a');
    await clock.advance(0);
    fail('b');
    await clock.advance(MINUTE);
    expect(failed).toMatchObject([{ error: { code: 'NOTIFY_FAILED', message: expect.stringContaining('60000 ms') }, dropped: 1 }]); // prettier-ignore
    expect(calls[0]!.call.signal.aborted).toBe(true);
    expect(calls.map(({ alerts }) => alerts[0]!.fingerprint)).toEqual(['a', 'b']);
  });

  test('of calls that never end there are ten at most; when one ends after all, it goes on', async () => {
    const ends: (() => void)[] = [];
    const { clock, calls, fail } = setUp(() => new Promise<void>((resolve) => ends.push(resolve)));
    for (let i = 0; i < 15; i++) {
      fail(`kind ${i}`);
      await clock.advance(MINUTE);
    }
    expect(calls).toHaveLength(10);
    expect(clock.pending).toBe(0);
    ends[0]!();
    await clock.advance(1);
    expect(calls.map(({ alerts }) => alerts.length).slice(9)).toEqual([1, 5]);
  });
});

describe('the stop of a channel', () => {
  test('tells what is left, whatever the interval', async () => {
    const { clock, calls, channel, fail } = setUp();
    fail();
    await clock.advance(0);
    fail('a', 4);
    await channel.stop(3_000);
    expect(calls.map(({ alerts }) => alerts[0]!.count)).toEqual([1, 4]);
    expect(clock.pending).toBe(0);
  });

  test('waits for a message under way, then tells the rest', async () => {
    const taken = Promise.withResolvers<void>();
    const { clock, calls, channel, fail } = setUp(() => taken.promise);
    fail('a');
    await clock.advance(0);
    fail('b');
    const stopped = channel.stop(3_000);
    taken.resolve();
    await stopped;
    expect(calls.map(({ alerts }) => alerts[0]!.fingerprint)).toEqual(['a', 'b']);
    expect(clock.pending).toBe(0);
  });

  test.each([['that hangs', never], ['that heeds its signal', untilAborted]])('waits no longer than it is given for one %s, and says what is lost', async (_how, notify) => {
    const { clock, calls, channel, failed, fail } = setUp(notify);
    fail('a');
    await clock.advance(0);
    fail('b', 5);
    let isStopped = false;
    const stopped = channel.stop(3_000).then(() => (isStopped = true));
    await clock.advance(2_999);
    expect(isStopped).toBe(false);
    await clock.advance(1);
    await stopped;
    expect(failed.map(({ dropped }) => dropped)).toEqual([1, 5]);
    expect([calls.length, clock.pending]).toEqual([1, 0]);
  }); // prettier-ignore

  test('keeps to the hour’s limit, and says what is lost', async () => {
    const { clock, channel, calls, failed, fail } = setUp(undefined, { maxPerHour: 1 });
    fail();
    await clock.advance(0);
    fail('a', 4);
    await channel.stop(3_000);
    expect([calls.length, failed.map(({ dropped }) => dropped)]).toEqual([1, [4]]);
  });

  test('what comes after it is nobody’s', async () => {
    const { clock, channel, calls, fail } = setUp();
    await channel.stop(3_000);
    fail();
    await clock.advance(MINUTE);
    expect([calls.length, clock.pending]).toEqual([0, 0]);
  });
});
