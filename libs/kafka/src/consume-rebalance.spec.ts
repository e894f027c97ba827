import { describe, expect, it } from '@jest/globals';
import type { TaskContext } from '@sunbeon/core';
import { at, buildByHand, gate, records } from './hand.fake.js';
import { decodeOffsetMap, encodeOffsetMap } from './offset-map.js';
import { eventually, listen, pass, RESULTS } from './rig.fake.js';

describe('a partition that shall go', () => {
  it('begins nothing more, ends and commits what runs, and is then let go; the others go on meanwhile', async () => {
    const { ran, handle, release } = gate();
    const only0 = (n: unknown) => ((n as number) < 100 ? handle(n) : Promise.resolve(ran.push(n)));
    const { hand, consume, clock, events } = await buildByHand(only0, { concurrency: 2 });
    const moves = listen(events, 'partitions.revoked');
    hand.receiver.onRecords(records(0, 0, 5));
    let gone = false;
    const revoked = hand.receiver.onRevoked([at(0)]).then(() => (gone = true));
    hand.receiver.onRecords(records(0, 5, 1)); // too late: the next owner reads it
    expect(consume.health()).toMatchObject({ assigned: 2, waiting: 0, running: 2 });
    await release();
    hand.receiver.onRecords(records(1, 100, 50));
    await eventually(() => ran.length === 52, 'the other partition');
    expect([gone, moves]).toEqual([false, []]);
    await release();
    await revoked;
    expect(ran.filter((n) => (n as number) < 100)).toEqual([0, 1]);
    expect(hand.committed.filter((one) => one.startsWith('math/0'))).toEqual(['math/0=2']);
    expect(moves).toMatchObject([['partitions.revoked', { partitions: ['math/0'] }]]);
    expect(consume.health()).toMatchObject({ assigned: 1, running: 0 });
    await consume.stop();
    expect(clock.pending).toBe(0);
  });

  it('after the drain aborts the signals of its own handlers only, waits two seconds more, and commits without them', async () => {
    const aborted: unknown[] = [];
    const deaf = Promise.withResolvers<null>();
    const heeds = (n: unknown, { signal }: TaskContext) => {
      if (n === 1) return Promise.resolve(null);
      if (n === 2) return deaf.promise;
      return new Promise((_, reject) => signal.addEventListener('abort', () => (aborted.push(n), reject(new Error('aborted'))))); // prettier-ignore
    };
    const { hand, consume, clock, road } = await buildByHand(heeds, { drainTimeoutMs: 3_000 });
    hand.receiver.onRecords([...records(0, 0, 3), ...records(1, 100, 1)]);
    let gone = false;
    void hand.receiver.onRevoked([at(0)]).then(() => (gone = true));
    await pass(clock, 2_999);
    expect([aborted, gone]).toEqual([[], false]);
    await pass(clock, 1);
    expect([aborted, gone]).toEqual([[0], false]);
    await pass(clock, 2_000);
    expect([aborted, gone, hand.committed]).toEqual([[0], true, ['math/0=0']]);
    expect(decodeOffsetMap(0, hand.metadata.at(-1)!)).toEqual([{ from: 1, to: 2 }]);
    expect([road.dumpTopic('math.retry.1s'), road.dumpTopic('math.dlq')]).toEqual([[], []]);
    deaf.resolve(null);
    await pass(clock, 1_000);
    expect(hand.committed).toEqual(['math/0=0']); // what it ended with is settled, but not ours to commit
    await Promise.all([consume.stop(), pass(clock, 10_000)]);
    expect(aborted).toEqual([0, 100]);
  });

  it('does not wait for a record that is only held', async () => {
    const { hand, consume, clock } = await buildByHand(() => Promise.resolve(null), {});
    hand.receiver.onRecords(records(0, 0, 1, { value: Buffer.from('!away') }));
    await pass(clock, 2_500);
    await hand.receiver.onRevoked([at(0)]); // no time passes
    expect([hand.committed, consume.health().running]).toEqual([[], 0]);
    await consume.stop();
  });
});

describe('a partition that is lost', () => {
  it('is forgotten at once: its handlers are told, what they end with is settled, nothing is committed', async () => {
    const signals: AbortSignal[] = [];
    const { handle, release } = gate();
    const noted = (n: unknown, { signal }: TaskContext) => (signals.push(signal), handle(n));
    const { hand, consume, clock, road } = await buildByHand(noted, { concurrency: 2 });
    hand.receiver.onRecords([...records(0, 0, 3), ...records(1, 100, 2)]);
    await eventually(() => signals.length === 2, 'two handlers');
    hand.receiver.onLost([at(0)]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await release(2);
    await eventually(() => signals.length === 4, 'the other partition');
    await release(2);
    await pass(clock, 1_000);
    expect(hand.committed).toEqual(['math/1=102']);
    expect([signals[2]!.aborted, road.dumpTopic(RESULTS).length]).toEqual([false, 4]);
    await consume.stop();
  });

  it('while it was about to go, keeps nobody waiting', async () => {
    const { handle, release } = gate();
    const { hand, consume } = await buildByHand(handle, {});
    hand.receiver.onRecords(records(0, 0, 1));
    const revoked = hand.receiver.onRevoked([at(0)]);
    hand.receiver.onLost([at(0)]);
    hand.receiver.onAssigned([at(0)]);
    await release();
    await revoked;
    expect([hand.committed, consume.health().assigned]).toEqual([[], 2]);
    await consume.stop();
  });

  it('gives back the room of what is dropped', async () => {
    const { handle, release } = gate();
    const { hand, consume } = await buildByHand(handle, { concurrency: 1, maxWaitingBytes: 10 });
    hand.receiver.onRecords(records(0, 10, 8));
    expect(hand.asked).toEqual(['pause math/0']);
    hand.receiver.onLost([at(0)]);
    hand.receiver.onRecords(records(1, 10, 4)); // eight bytes: they fit again
    expect(hand.asked).toEqual(['pause math/0']);
    await release();
    await consume.stop();
  });
});

describe('a partition that comes', () => {
  it('is begun where its last owner left off: what was finished above the committed offset does not run again', async () => {
    const ran: unknown[] = [];
    const { hand, consume, clock } = await buildByHand((n) => Promise.resolve(ran.push(n)), {});
    hand.receiver.onLost([at(0)]);
    const metadata = encodeOffsetMap(3, [{ from: 4, to: 7 }]);
    hand.receiver.onAssigned([{ ...at(0), committed: { offset: 3, metadata } }]);
    hand.receiver.onRecords(records(0, 3, 6));
    await pass(clock, 1_000);
    expect([ran, hand.committed]).toEqual([[3, 7, 8], ['math/0=9']]);
    await consume.stop();
  });

  it('with nothing left to run is committed to its end', async () => {
    const { hand, consume, clock } = await buildByHand(() => Promise.resolve(null), {});
    hand.receiver.onLost([at(0)]);
    const metadata = encodeOffsetMap(3, [{ from: 4, to: 7 }]);
    hand.receiver.onAssigned([{ ...at(0), committed: { offset: 3, metadata } }]);
    hand.receiver.onRecords(records(0, 4, 3)); // 3 was deleted from the topic meanwhile
    await pass(clock, 1_000);
    expect(hand.committed).toEqual(['math/0=7']);
    await consume.stop();
  });
});

describe('a partition that stays with its consumer in a rebalance', () => {
  it('is read again from where the group was; what was done and committed since does not run again', async () => {
    const ran: unknown[] = [];
    const { hand, consume, clock } = await buildByHand((n) => Promise.resolve(ran.push(n)), {});
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
    const { hand, consume, clock } = await buildByHand((n) => Promise.resolve(ran.push(n)), {});
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
    const { hand, consume, clock } = await buildByHand((n) => Promise.resolve(ran.push(n)), {});
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

describe('a process that stood still', () => {
  it('begins nothing of what it holds until the broker has said that it is still a member', async () => {
    const { ran, handle, release } = gate();
    const { hand, consume, clock } = await buildByHand(handle, { concurrency: 1 });
    hand.receiver.onRecords(records(0, 0, 3));
    await eventually(() => ran.length === 1, 'the first record');
    hand.confirmed = false;
    await release();
    await pass(clock, 5_000);
    expect([ran, consume.health().waiting]).toEqual([[0], 2]);
    hand.confirmed = true;
    await pass(clock, 200);
    expect(ran).toEqual([0, 1]);
    const stopped = consume.stop();
    await release();
    await stopped;
  });

  it('runs nothing of what it has lost meanwhile', async () => {
    const { ran, handle, release } = gate();
    const { hand, consume, clock } = await buildByHand(handle, { concurrency: 1 });
    hand.receiver.onRecords(records(0, 0, 3));
    await eventually(() => ran.length === 1, 'the first record');
    hand.confirmed = false;
    await release();
    hand.receiver.onLost([at(0), at(1)]);
    hand.confirmed = true;
    await pass(clock, 5_000);
    expect([ran, consume.health().waiting]).toEqual([[0], 0]);
    await consume.stop();
  });
});
