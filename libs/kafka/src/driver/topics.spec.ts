import { describe, expect, test } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import { countsWith } from './topics.js';

type Answers = Parameters<typeof countsWith>[0];

/** Brokers of which the first answers do not know the topic yet. */
function brokers(count: number, ignorant: number): { admin: Answers; asked: () => number } {
  let asked = 0;
  const topic = { name: 'new', partitions: [{}, {}] };
  const admin = {
    fetchTopicMetadata: async () => ({ topics: asked++ < ignorant ? [] : [topic] }),
    describeCluster: async () => ({ brokers: Array.from({ length: count }, () => ({})) }),
  };
  return { admin: admin as unknown as Answers, asked: () => asked };
}

describe('countsWith', () => {
  test('asks again while one broker of several has not heard of a topic yet', async () => {
    const clock = new FakeClock(0);
    const { admin } = brokers(3, 2);
    const counts = countsWith(admin, ['new'], clock);
    await clock.advance(200);
    expect(await counts).toEqual(new Map([['new', 2]]));
  });

  test('believes a single broker at once, and several after two seconds', async () => {
    const clock = new FakeClock(0);
    const single = brokers(1, 99);
    expect(await countsWith(single.admin, ['new'], clock)).toEqual(new Map());
    expect(single.asked()).toBe(1);
    const several = brokers(3, 9_999);
    const counts = countsWith(several.admin, ['new'], clock);
    await clock.advance(2_100);
    expect(await counts).toEqual(new Map());
  });
});
