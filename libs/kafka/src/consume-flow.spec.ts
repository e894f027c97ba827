import { describe, expect, it } from '@jest/globals';
import type { TaskContext } from '@sunbeon/core';
import type { IncomingRecord, Road, RoadConsumer, RoadReceiver, TopicPartition } from '@sunbeon/core/ports';
import { Consume, type ConsumeOptions } from './consume.js';
import { nameOf } from './partitions.js';
import {
  ADD,
  bindingOf,
  buildRig,
  consumeDependencies,
  eventually,
  incoming,
  listen,
  pass,
  RESULTS,
} from './rig.fake.js';

/** A member that is fed by hand, and notes what is asked of it. */
class Hand implements RoadConsumer {
  receiver!: RoadReceiver;
  readonly asked: string[] = [];
  readonly committed: string[] = [];
  disconnected = 0;

  run(receiver: RoadReceiver): Promise<void> {
    this.receiver = receiver;
    return Promise.resolve();
  }
  pause(partitions: readonly TopicPartition[]): void {
    this.asked.push(...partitions.map((one) => `pause ${nameOf(one)}`));
  }
  resume(partitions: readonly TopicPartition[]): void {
    this.asked.push(...partitions.map((one) => `resume ${nameOf(one)}`));
  }
  commit(offsets: readonly (TopicPartition & { readonly offset: number })[]): Promise<void> {
    this.committed.push(...offsets.map((one) => `${nameOf(one)}=${one.offset}`));
    return Promise.resolve();
  }
  lastPollMs(): number | undefined {
    return undefined;
  }
  isMember(): boolean {
    return true;
  }
  disconnect(): Promise<void> {
    this.disconnected++;
    return Promise.resolve();
  }
}

const at = (partition: number) => ({ topic: 'math', partition, committed: undefined });
const records = (partition: number, from: number, count: number, over: Partial<IncomingRecord> = {}) =>
  Array.from({ length: count }, (_, i) => incoming({ partition, offset: from + i, value: Buffer.from(String(from + i)), ...over })); // prettier-ignore

async function build(handle: (n: unknown, context: TaskContext) => Promise<unknown>, options: Partial<ConsumeOptions>) {
  const rig = await buildRig({ partitions: 2 });
  const hand = new Hand();
  const road: Road = { ...rig.road, consumer: () => Promise.resolve(hand) };
  const consume = new Consume(rig.route, { ...consumeDependencies(rig, [bindingOf(ADD, handle)], options), road });
  await consume.start();
  hand.receiver.onAssigned([at(0), at(1)]);
  return { ...rig, hand, consume };
}

/** Handlers that end when told, in the order they began. */
function gate() {
  const open: { n: unknown; go: () => void }[] = [];
  const ran: unknown[] = [];
  return {
    ran,
    handle: (n: unknown) => (ran.push(n), new Promise<null>((resolve) => open.push({ n, go: () => resolve(null) }))),
    /** Ends the oldest handlers, once there are so many. */
    release: async (count = 1) => {
      await eventually(() => open.length >= count, `${count} handlers under way`);
      open.splice(0, count).forEach(({ go }) => go());
    },
  };
}

describe('back-pressure', () => {
  it('pauses who brings more than may wait, and resumes at half of it', async () => {
    const { ran, handle, release } = gate();
    const { hand, consume } = await build(handle, { concurrency: 1, maxWaiting: 4 });
    hand.receiver.onRecords(records(0, 0, 4));
    expect(hand.asked).toEqual([]); // four wait until one of them runs: there is still room
    hand.receiver.onRecords(records(0, 4, 3));
    expect(hand.asked).toEqual(['pause math/0']);
    for (let done = 1; done <= 4; done++) {
      await release();
      await eventually(() => ran.length === done + 1, 'the next record');
    }
    expect(hand.asked).toEqual(['pause math/0']); // three waited when the last one ended
    await release();
    await eventually(() => ran.length === 6, 'the sixth record');
    expect(hand.asked).toEqual(['pause math/0', 'resume math/0']); // two waited
    const stopped = consume.stop();
    await release();
    await stopped;
  });

  it('counts bytes too', async () => {
    const { handle, release } = gate();
    const { hand, consume } = await build(handle, { concurrency: 1, maxWaitingBytes: 1_000 });
    hand.receiver.onRecords(records(1, 0, 3, { value: Buffer.from(`"${'x'.repeat(600)}"`) }));
    expect(hand.asked).toEqual(['pause math/1']);
    const stopped = consume.stop();
    await release();
    await stopped;
  });

  it('bounds what lies uncommitted behind one slow record', async () => {
    const { ran, handle, release } = gate();
    const first = (n: unknown) => (n === 0 ? handle(n) : Promise.resolve(ran.push(n)));
    const { hand, consume, road } = await build(first, { maxUncommitted: 50 });
    hand.receiver.onRecords(records(0, 0, 40));
    expect(hand.asked).toEqual([]);
    hand.receiver.onRecords(records(0, 40, 40));
    expect(hand.asked).toEqual(['pause math/0']);
    await eventually(() => road.dumpTopic(RESULTS).length === 79, 'all but the first');
    expect(hand.asked).toEqual(['pause math/0']);
    await release();
    await eventually(() => hand.asked.length === 2, 'the resume');
    expect(hand.asked).toEqual(['pause math/0', 'resume math/0']);
    await consume.stop();
  });
});

describe('a rebalance', () => {
  it('drops the queued records of a lost partition, and keeps those of one that stays', async () => {
    const { ran, handle, release } = gate();
    const { hand, consume, events } = await build(handle, { concurrency: 1 });
    const moves = listen(events, 'partitions.assigned', 'partitions.revoked');
    hand.receiver.onRecords([...records(0, 0, 2), ...records(1, 100, 2)]);
    void hand.receiver.onRevoked([at(0), at(1)]);
    hand.receiver.onAssigned([at(1)]);
    expect(consume.health()).toMatchObject({ assigned: 1, waiting: 2, running: 1 });
    hand.receiver.onRecords(records(1, 100, 3)); // fetched again from the committed offset
    for (const next of [100, 101, 102]) {
      await release();
      await eventually(() => ran.at(-1) === next, `record ${next}`);
    }
    await release();
    await consume.stop();
    expect(ran).toEqual([0, 100, 101, 102]);
    expect(hand.committed.filter((one) => one.startsWith('math/0'))).toEqual([]); // it ran to its end, but is not ours
    expect(hand.committed.at(-1)).toBe('math/1=103');
    expect(moves.map(([name, { partitions }]) => [name, ...partitions])).toEqual([
      ['partitions.revoked', 'math/0'],
      ['partitions.assigned', 'math/1'],
    ]);
  });

  it('commits what is finished before it lets go', async () => {
    const { hand, consume, road } = await build(() => Promise.resolve(null), { intervalMs: 60_000 });
    hand.receiver.onRecords(records(0, 0, 2));
    await eventually(() => road.dumpTopic(RESULTS).length === 2, 'both results');
    await eventually(() => consume.health().running === 0, 'the end of both');
    void hand.receiver.onRevoked([at(0), at(1)]);
    await eventually(() => hand.committed.length > 0, 'the commit');
    expect(hand.committed).toEqual(['math/0=2']);
    await consume.stop();
  });

  it('gives back the room of what it drops', async () => {
    const { handle, release } = gate();
    const { hand, consume } = await build(handle, { concurrency: 1, maxWaitingBytes: 10 });
    hand.receiver.onRecords(records(0, 10, 8));
    expect(hand.asked).toEqual(['pause math/0']);
    hand.receiver.onAssigned([at(1)]);
    hand.receiver.onRecords(records(1, 10, 4)); // eight bytes: they fit again
    expect(hand.asked).toEqual(['pause math/0']);
    const stopped = consume.stop();
    await release();
    await stopped;
  });
});

describe('a partition that stays with its consumer in a rebalance', () => {
  it('is read again from where the group was; what was done and committed since does not run again', async () => {
    const ran: unknown[] = [];
    const { hand, consume, clock } = await build((n) => Promise.resolve(ran.push(n)), {});
    hand.receiver.onRecords(records(0, 500, 3));
    hand.receiver.onAssigned([at(0)]); // the broker knows of no commit yet, so the fetch will begin at 500 again
    await pass(clock, 1_000);
    expect(hand.committed).toEqual(['math/0=503']);
    hand.receiver.onRecords(records(0, 500, 4));
    await pass(clock, 1_000);
    expect([ran, hand.committed.at(-1)]).toEqual([[500, 501, 502, 503], 'math/0=504']);
    await consume.stop();
  });
});

describe('a topic made anew before anything was committed', () => {
  it('is read, not skipped', async () => {
    const ran: unknown[] = [];
    const { hand, consume, clock } = await build((n) => Promise.resolve(ran.push(n)), {});
    hand.receiver.onRecords(records(0, 500, 3));
    hand.receiver.onRecords(records(0, 0, 2));
    await pass(clock, 1_000);
    expect([ran, hand.committed.at(-1)]).toEqual([[500, 501, 502, 0, 1], 'math/0=2']);
    await consume.stop();
  });
});

describe('a topic made anew below the committed offset', () => {
  it('is read, not skipped', async () => {
    const ran: unknown[] = [];
    const { hand, consume, clock } = await build((n) => Promise.resolve(ran.push(n)), {});
    hand.receiver.onRecords(records(0, 500, 3));
    await pass(clock, 1_000);
    expect(hand.committed).toEqual(['math/0=503']);
    hand.receiver.onRecords(records(0, 0, 2));
    hand.receiver.onRecords(records(0, 0, 2)); // a second delivery of the new ones
    await pass(clock, 1_000);
    expect([ran, hand.committed.at(-1)]).toEqual([[500, 501, 502, 0, 1], 'math/0=2']);
    await consume.stop();
  });
});
