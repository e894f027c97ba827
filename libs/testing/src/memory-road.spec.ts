import { describe, expect, it } from '@jest/globals';
import { roadConformance } from './conformance/road.js';
import { Watcher } from './conformance/watcher.js';
import { memoryRoad } from './memory-road.js';

roadConformance('the road in memory', async () => {
  const road = memoryRoad();
  return { road, expel: async (group) => road.expel(group), dispose: async () => undefined };
});

const record = (value: string) => ({ topic: 't', key: null, value: Buffer.from(value), headers: {} });

describe('faults of the road in memory', () => {
  it('fails as many sends as asked, writing nothing, then goes on', async () => {
    const road = memoryRoad({ topics: { t: 1 } });
    const producer = await road.producer();
    road.failSends(1);
    await expect(producer.send([record('a')])).rejects.toMatchObject({ code: 'SEND_FAILED', retriable: true });
    await producer.send([record('b')]);
    expect(road.dumpTopic('t').map(({ value }) => value?.toString())).toEqual(['b']);
  });

  it('fails the sends that a predicate picks', async () => {
    const road = memoryRoad({ topics: { t: 1 } });
    const producer = await road.producer();
    road.failSends(({ value }) => value?.toString() === 'bad');
    await expect(producer.send([record('bad')])).rejects.toThrow();
    await producer.send([record('good')]);
    expect(road.dumpTopic('t')).toHaveLength(1);
  });

  it('loses an ack of what it has written', async () => {
    const road = memoryRoad({ topics: { t: 1 } });
    const producer = await road.producer();
    road.loseAcks(1);
    await expect(producer.send([record('a')])).rejects.toMatchObject({ code: 'SEND_FAILED' });
    expect(road.dumpTopic('t')).toHaveLength(1);
  });

  it('fails commits, and rebalances when told', async () => {
    const road = memoryRoad({ partitions: 2 });
    const consumer = await road.consumer({ group: 'g', topics: ['t'] });
    const seen = new Watcher();
    await consumer.run(seen);
    road.failCommits(1);
    const commit = () => consumer.commit([{ topic: 't', partition: 0, offset: 0 }]);
    await expect(commit()).rejects.toMatchObject({ code: 'SEND_FAILED' });
    await commit();
    road.rebalance('g');
    await seen.until(() => seen.moves.length >= 6, 'all partitions again');
    expect(seen.moves).toEqual(['+t/0', '+t/1', '-t/0', '-t/1', '+t/0', '+t/1']);
  });
});
