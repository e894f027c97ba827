import { describe, expect, it } from '@jest/globals';
import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import { Follow } from './follow.js';
import { eventually, outgoing } from './rig.fake.js';

async function build(over: Partial<Road> = {}) {
  const road = { ...memoryRoad({ topics: { math: 2 } }), ...over };
  const producer = await road.producer();
  const seen: string[] = [];
  const follow = new Follow(road, 'math', ({ value }: IncomingRecord) => void seen.push(value!.toString()));
  const send = (value: string, partition = 0) => producer.send([outgoing(value, { partition })]);
  return { follow, seen, send };
}

/** Hears nothing of what is on the topic. */
const deaf: Pick<Road, 'reader'> = {
  reader: () =>
    Promise.resolve({ run: () => Promise.resolve(), lastPollMs: () => undefined, disconnect: () => Promise.resolve() }),
};

describe('following a topic', () => {
  it('begins at the positions given, and goes on with what comes', async () => {
    const { follow, seen, send } = await build();
    for (const value of ['old', 'new']) await send(value);
    await follow.start(new Map([[0, 1]]));
    await send('live');
    await send('elsewhere', 1);
    await eventually(() => seen.length === 2, 'two records');
    await follow.caughtUp();
    expect(seen).toEqual(['new', 'live']);
    await follow.stop();
  });

  it('has caught up when all that was there at the call is read, on the partitions it follows', async () => {
    const { follow, seen, send } = await build();
    await send('elsewhere', 1);
    await follow.start(new Map([[0, 0]]));
    await follow.caughtUp();
    const sent = Promise.all(['a', 'b', 'c'].map((value) => send(value)));
    expect(seen).toEqual([]);
    await follow.caughtUp();
    expect(seen).toEqual(['a', 'b', 'c']);
    await sent;
    await follow.stop();
  });

  it('keeps who asks waiting until the last partition is read; a stop lets them go', async () => {
    const { follow, send } = await build(deaf);
    await send('unheard', 1);
    const order: string[] = [];
    await follow.start(new Map([[0, 0], [1, 0]])); // prettier-ignore
    const caught = follow.caughtUp().then(() => order.push('caught up'));
    for (let turn = 0; turn < 10; turn++) await new Promise((resume) => setImmediate(resume));
    order.push('stop');
    await Promise.all([follow.stop(), caught]);
    expect(order).toEqual(['stop', 'caught up']);
  });

  it('keeps nobody waiting who asks after the stop', async () => {
    const { follow, send } = await build(deaf);
    await follow.start(new Map([[0, 0]]));
    await follow.stop();
    await send('too late');
    let resolved = false;
    void follow.caughtUp().then(() => (resolved = true));
    await eventually(() => resolved, 'caught up after the stop');
    expect(resolved).toBe(true);
  });
});
