import { expect, it } from '@jest/globals';
import type { RoadConsumer } from '@sunbeon/core/ports';
import { until } from '../until.js';
import type { Rig } from './rig.js';
import type { Watcher } from './watcher.js';

interface Member {
  readonly consumer: RoadConsumer;
  readonly seen: Watcher;
}

/** How partitions move between the members of a group, and how those that stay do not notice. */
export function rebalanceScenarios(rig: () => Rig): void {
  staying(rig);
  moving(rig);
  comingBack(rig);
  losing(rig);
}

const partitionsOf = ({ seen }: Member): number[] => [...seen.owned.values()].map(({ partition }) => partition).sort();

/** A drain that lasts until the test ends it. */
function drainOf({ seen }: Member): () => void {
  let end: () => void = () => undefined;
  const drained = new Promise<void>((resolve) => (end = resolve));
  seen.drain = () => drained;
  return end;
}

async function sayToAll(rig: Rig, topic: string, { partitions, values }: { partitions: number; values: string[] }) {
  for (let partition = 0; partition < partitions; partition++) await rig.say(topic, values, { partition });
}

/** A member that has two partitions, and a second one that shall get one of them. */
async function twoMembers(rig: Rig, before: (one: Member, topic: string) => Promise<void> | void = () => undefined) {
  const [topic, group] = [await rig.topic(2), rig.name('group')];
  const one = await rig.member(group, topic);
  await one.seen.until(() => one.seen.owned.size === 2, 'both partitions');
  await before(one, topic);
  const two = await rig.member(group, topic);
  await one.seen.until(() => one.seen.owned.size === 1, 'one partition left at the first');
  const kept = partitionsOf(one)[0]!;
  return { topic, group, one, two, kept, moved: 1 - kept };
}

function staying(rig: () => Rig): void {
  it('says nothing of a partition that stays, and reads on where it was, with nothing committed', async () => {
    const { topic, one, two, kept, moved } = await twoMembers(rig(), async (first, name) => {
      await sayToAll(rig(), name, { partitions: 2, values: ['a', 'b'] });
      await first.seen.count(4);
    });
    await two.seen.until(() => two.seen.owned.size === 1, 'the other partition at the second');
    await sayToAll(rig(), topic, { partitions: 2, values: ['c'] });
    await one.seen.count(5);
    await two.seen.count(3);
    expect(one.seen.moves).toEqual([`+${topic}/0`, `+${topic}/1`, `-${topic}/${moved}`]);
    expect([one.seen.valuesOf(kept), two.seen.valuesOf(moved)]).toEqual([['a', 'b', 'c'], ['a', 'b', 'c']]); // prettier-ignore
    await two.consumer.disconnect();
    await one.seen.until(() => one.seen.owned.size === 2, 'both partitions again');
    expect(one.seen.moves.slice(3)).toEqual([`+${topic}/${moved}`]);
    await rig().say(topic, ['d'], { partition: kept });
    await one.seen.until(() => one.seen.valuesOf(kept).includes('d'), 'the next record');
    expect(one.seen.valuesOf(kept)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('keeps the pause of a partition that stays', async () => {
    const { topic, one, two, kept, moved } = await twoMembers(rig(), ({ consumer }, name) => {
      consumer.pause([0, 1].map((partition) => ({ topic: name, partition })));
    });
    await sayToAll(rig(), topic, { partitions: 2, values: ['a'] });
    await two.seen.count(1);
    await two.consumer.disconnect();
    await one.seen.until(() => one.seen.valuesOf(moved).length === 1, 'a record of the one that came back, not paused');
    expect(one.seen.valuesOf(kept)).toEqual([]);
    one.consumer.resume([{ topic, partition: kept }]);
    await one.seen.until(() => one.seen.valuesOf(kept).length === 1, 'a record of the one that was paused');
  });
}

function moving(rig: () => Rig): void {
  it('drains and commits a partition that moves before its next owner gets it, with the metadata', async () => {
    let end: () => void = () => undefined;
    const { topic, group, one, two, kept, moved } = await twoMembers(rig(), async (first, name) => {
      end = drainOf(first);
      await sayToAll(rig(), name, { partitions: 2, values: ['a', 'b', 'c'] });
      await first.seen.count(6);
    });
    await sayToAll(rig(), topic, { partitions: 2, values: ['d'] });
    await one.seen.until(() => one.seen.valuesOf(kept).includes('d'), 'the one that stays to go on');
    await one.consumer.commit([{ topic, partition: moved, offset: 2, metadata: 'map' }]);
    expect(partitionsOf(two)).toEqual([]);
    end();
    await two.seen.until(() => two.seen.owned.size === 1, 'the partition at the second');
    expect([...two.seen.owned.values()]).toEqual([{ topic, partition: moved, committed: { offset: 2, metadata: 'map' } }]); // prettier-ignore
    await two.seen.count(2);
    expect([one.seen.valuesOf(moved), two.seen.values]).toEqual([['a', 'b', 'c'], ['c', 'd']]); // prettier-ignore
    const late = one.consumer.commit([{ topic, partition: moved, offset: 1 }]);
    await expect(late).rejects.toMatchObject({ code: 'NOT_RUNNING' });
    await one.consumer.commit([{ topic, partition: kept, offset: 4 }]);
    const committed = [kept, moved].map((partition) => ({ partition, offset: partition === kept ? 4 : 2 }));
    expect(await rig().admin.committed(group, topic)).toEqual(expect.arrayContaining(committed));
  });

  it('goes on draining, and takes commits, through further rebalances', async () => {
    let end: () => void = () => undefined;
    const { topic, group, one, two, moved } = await twoMembers(rig(), (first) => void (end = drainOf(first)));
    const before = one.seen.assignments;
    const three = await rig().member(group, topic);
    await one.seen.until(() => one.seen.assignments > before, 'the next generation');
    await one.consumer.commit([{ topic, partition: moved, offset: 0, metadata: 'still mine' }]);
    expect([...partitionsOf(two), ...partitionsOf(three)]).toEqual([]);
    end();
    await until(() => two.seen.owned.size + three.seen.owned.size === 1, {
      what: 'the partition at one of the others',
    });
    const [taken] = [two, three].flatMap(({ seen }) => [...seen.owned.values()]);
    expect(taken).toMatchObject({ partition: moved, committed: { offset: 0, metadata: 'still mine' } });
  });
}

function comingBack(rig: () => Rig): void {
  it('gives a partition that comes back while it is drained anew when the drain has ended', async () => {
    let end: () => void = () => undefined;
    const { topic, one, two, moved } = await twoMembers(rig(), async (first, name) => {
      end = drainOf(first);
      await sayToAll(rig(), name, { partitions: 2, values: ['a', 'b'] });
      await first.seen.count(4);
    });
    const before = one.seen.assignments;
    await two.consumer.disconnect();
    await one.seen.until(() => one.seen.assignments > before, 'the next generation');
    expect(one.seen.owned.size).toBe(1);
    await one.consumer.commit([{ topic, partition: moved, offset: 1, metadata: 'half' }]);
    end();
    await one.seen.until(() => one.seen.owned.size === 2, 'both partitions again');
    expect(one.seen.owned.get(`${topic}/${moved}`)!.committed).toEqual({ offset: 1, metadata: 'half' });
    await one.seen.count(5);
    expect(one.seen.valuesOf(moved)).toEqual(['a', 'b', 'b']);
  });
}

function losing(rig: () => Rig): void {
  it('tells of what is lost before it is ours anew, also of what is being drained, and takes no commit of it', async () => {
    const { topic, group, one } = await twoMembers(rig(), (first) => void drainOf(first));
    const refused: Promise<unknown>[] = [];
    one.seen.lost = (lost) => {
      const commits = lost.map((partition) => one.consumer.commit([{ ...partition, offset: 7 }]));
      refused.push(...commits.map((commit) => commit.catch((error: unknown) => error)));
    };
    const before = one.seen.moves.length;
    await rig().under.expel(group);
    await one.seen.until(() => one.seen.moves.slice(before).some((move) => move.startsWith('+')), 'a partition anew');
    const moves = one.seen.moves.slice(before);
    expect(moves.slice(0, 2).sort()).toEqual([`!${topic}/0`, `!${topic}/1`]);
    expect(moves.slice(2).every((move) => move.startsWith('+'))).toBe(true);
    for (const error of await Promise.all(refused)) expect(error).toMatchObject({ code: 'NOT_RUNNING' });
    expect(refused).toHaveLength(2);
    const committed = await rig().admin.committed(group, topic);
    expect(committed).toEqual([0, 1].map((partition) => ({ partition, offset: undefined })));
  });

  it('is no member before it has joined and after its end', async () => {
    const [topic, group] = [await rig().topic(1), rig().name('group')];
    const consumer = await rig().under.road.consumer({ group, topics: [topic] });
    expect(consumer.isMember()).toBe(false);
    await consumer.disconnect();
    const one = await rig().member(group, topic);
    expect(one.consumer.isMember()).toBe(true);
    await one.consumer.disconnect();
    expect(one.consumer.isMember()).toBe(false);
  });
}
