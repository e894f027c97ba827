import { expect, it } from '@jest/globals';
import { rebalanceScenarios } from './road-rebalance.js';
import type { Rig } from './rig.js';

/** What members of consumer groups see. */
export function groupScenarios(rig: () => Rig): void {
  positions(rig);
  sharing(rig);
  pausing(rig);
  rebalanceScenarios(rig);
}

function positions(rig: () => Rig): void {
  it('starts a new group at the beginning, and a new member at what was committed', async () => {
    const [topic, group] = [await rig().topic(1), rig().name('group')];
    await rig().say(topic, ['0', '1', '2', '3']);
    expect(await rig().admin.committed(group, topic)).toEqual([{ partition: 0, offset: undefined }]);
    const first = await rig().member(group, topic);
    await first.seen.count(4);
    await first.consumer.commit([{ topic, partition: 0, offset: 3, metadata: 'map' }]);
    await first.consumer.disconnect();
    expect(await rig().admin.committed(group, topic)).toEqual([{ partition: 0, offset: 3 }]);
    const second = await rig().member(group, topic);
    await second.seen.count(1);
    expect(second.seen.values).toEqual(['3']);
    const of = ({ seen }: typeof first) => [...seen.owned.values()].map(({ committed }) => committed);
    expect([of(first), of(second)]).toEqual([[undefined], [{ offset: 3, metadata: 'map' }]]);
    await second.consumer.commit([{ topic, partition: 0, offset: 4 }]);
    await second.consumer.disconnect();
    expect(of(await rig().member(group, topic))).toEqual([{ offset: 4, metadata: '' }]);
  });

  it('hands records over in order, in many batches, and tells when it last heard of the broker', async () => {
    const [topic, group] = [await rig().topic(1), rig().name('group')];
    const { consumer, seen } = await rig().member(group, topic);
    const values = Array.from({ length: 2_000 }, (_, i) => `v${i}`);
    for (let at = 0; at < values.length; at += 500) await rig().say(topic, values.slice(at, at + 500));
    await seen.count(2_000);
    expect(seen.values).toEqual(values);
    expect(consumer.lastPollMs()).toEqual(expect.any(Number));
  });
}

function sharing(rig: () => Rig): void {
  it('shares the partitions of a group, and gives all to the one that stays, without loss', async () => {
    const [topic, group] = [await rig().topic(4), rig().name('group')];
    const [one, two] = [await rig().member(group, topic), await rig().member(group, topic)];
    await one.seen.until(() => one.seen.owned.size === 2, 'two partitions at the first');
    await two.seen.until(() => two.seen.owned.size === 2, 'two partitions at the second');
    for (let partition = 0; partition < 4; partition++) await rig().say(topic, [`a${partition}`], { partition });
    await one.seen.count(2);
    await two.seen.count(2);
    await two.consumer.disconnect();
    for (let partition = 0; partition < 4; partition++) await rig().say(topic, [`b${partition}`], { partition });
    await one.seen.until(() => new Set(one.seen.values).size === 8, 'all eight values at the one that stays');
    expect(one.seen.owned.size).toBe(4);
  });

  it('tells a member without partitions so', async () => {
    const [topic, group] = [await rig().topic(1), rig().name('group')];
    const one = await rig().member(group, topic);
    const two = await rig().member(group, topic);
    await one.seen.until(() => one.seen.assignments >= 2, 'the second assignment at the first');
    await two.seen.until(() => two.seen.assignments >= 1, 'an assignment at the second');
    expect([one, two].map(({ seen }) => seen.owned.size).sort()).toEqual([0, 1]);
    expect([one, two].flatMap(({ seen }) => seen.moves.slice(-1)).filter((move) => move.startsWith('+'))).toHaveLength(
      1,
    );
  });
}

function pausing(rig: () => Rig): void {
  it('hands over nothing of a paused partition, and all of it, once, after the resume', async () => {
    const [topic, group] = [await rig().topic(2), rig().name('group')];
    const { consumer, seen } = await rig().member(group, topic);
    consumer.pause([{ topic, partition: 0 }]);
    await rig().say(topic, ['p0', 'p1'], { partition: 0 });
    await rig().say(topic, ['q'], { partition: 1 });
    await seen.count(1);
    await rig().say(topic, ['r'], { partition: 1 });
    await seen.count(2);
    expect(seen.values).toEqual(['q', 'r']);
    consumer.resume([{ topic, partition: 0 }]);
    await seen.count(4);
    await rig().say(topic, ['p2'], { partition: 0 });
    await seen.count(5);
    expect(seen.values).toEqual(['q', 'r', 'p0', 'p1', 'p2']);
  });
}
