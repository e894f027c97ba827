import { beforeEach, describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import type { QueueOverview } from '@sunbeon/kafka';
import type { ConsoleAdmin } from './admin.port.js';
import { OverviewFeed, type FeedEvent } from './overview.feed.js';

/** Timers that fire by hand. */
class HandClock {
  readonly timers: { delayMs: number; fn: () => void }[] = [];
  now = () => 0;
  after = (delayMs: number, fn: () => void) => {
    const timer = { delayMs, fn };
    this.timers.push(timer);
    return () => void this.timers.splice(this.timers.indexOf(timer), 1);
  };
}

class HandAdmin implements ConsoleAdmin {
  disconnected = false;
  disconnect = async () => void (this.disconnected = true);
  readonly asked: { resolve(queues: QueueOverview[]): void; reject(error: Error): void }[] = [];
  overview = () => new Promise<QueueOverview[]>((resolve, reject) => this.asked.push({ resolve, reject }));
}

class Listener {
  readonly got: FeedEvent[] = [];
  ended = false;
  next = (event: FeedEvent) => void this.got.push(event);
  end = () => void (this.ended = true);
}

/** Lets promises that are already settled run their callbacks. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the feed', () => {
  let clock: HandClock;
  let admin: HandAdmin;
  let feed: OverviewFeed;

  beforeEach(() => {
    clock = new HandClock();
    admin = new HandAdmin();
    feed = new OverviewFeed(admin, clock);
  });

  it('asks once for all who listen and again a second after the answer', async () => {
    const [one, two] = [new Listener(), new Listener()];
    feed.join(one);
    feed.join(two);
    expect(admin.asked).toHaveLength(1);
    expect(clock.timers).toHaveLength(0);
    admin.asked[0]!.resolve([]);
    await settled();
    expect([one.got, two.got]).toEqual([[expect.objectContaining({ type: 'overview' })], two.got]);
    expect(clock.timers).toEqual([expect.objectContaining({ delayMs: 1_000 })]);
    clock.timers.shift()!.fn();
    expect(admin.asked).toHaveLength(2);
  });

  it('asks nothing when nobody listens, and begins again with the next one', async () => {
    const leave = feed.join(new Listener())!;
    admin.asked[0]!.resolve([]);
    await settled();
    leave();
    expect(clock.timers).toHaveLength(0);
    feed.join(new Listener());
    expect(admin.asked).toHaveLength(2);
  });

  it('stops after the poll in flight when the last listener leaves meanwhile', async () => {
    const listener = new Listener();
    feed.join(listener)!();
    admin.asked[0]!.resolve([]);
    await settled();
    expect(listener.got).toEqual([]);
    expect(clock.timers).toHaveLength(0);
  });

  it('says what is wrong and goes on', async () => {
    const listener = new Listener();
    feed.join(listener);
    admin.asked[0]!.reject(new SunbeonError('BROKER_UNREACHABLE', 'No broker answered.'));
    await settled();
    expect(listener.got).toEqual([{ type: 'trouble', code: 'BROKER_UNREACHABLE', message: 'No broker answered.' }]);
    expect(clock.timers).toHaveLength(1);
  });

  it('shares one read between calls at the same time', async () => {
    const both = [feed.read(), feed.read()];
    expect(admin.asked).toHaveLength(1);
    admin.asked[0]!.resolve([]);
    const [one, two] = await Promise.all(both);
    expect(one).toBe(two);
  });

  it('takes 64 listeners and refuses the next until one leaves', () => {
    const leave = Array.from({ length: 64 }, () => feed.join(new Listener()));
    expect(feed.join(new Listener())).toBeUndefined();
    leave[0]!();
    expect(feed.join(new Listener())).toBeDefined();
  });

  it('ends all listeners when it is stopped and takes no more', async () => {
    const listener = new Listener();
    feed.join(listener);
    admin.asked[0]!.resolve([]);
    await settled();
    await feed.onModuleDestroy();
    expect(listener.ended).toBe(true);
    expect(admin.disconnected).toBe(true);
    expect(clock.timers).toHaveLength(0);
    expect(feed.join(new Listener())).toBeUndefined();
  });
});
