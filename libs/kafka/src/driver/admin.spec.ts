import { expect, it } from '@jest/globals';
import { FakeClock } from '@sunbeon/testing';
import { KafkajsAdmin } from './admin.js';
import { protocolError } from './cluster.js';
import type { DriverContext } from './client.js';

const UNKNOWN_TOPIC = 3;
const LEADER_NOT_AVAILABLE = 5;

/** Whoever is asked for the topics knows it, so often; who is asked for its offsets fails as many times as there are codes. */
function adminOn(of: { known: number; fails: number[] }) {
  let known = of.known;
  const fails = [...of.fails];
  const clock = new FakeClock(0);
  const client = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    describeCluster: async () => ({ brokers: [{}, {}, {}] }),
    fetchTopicMetadata: async () => ({ topics: known-- > 0 ? [{ name: 't', partitions: [{}] }] : [] }),
    fetchTopicOffsets: async () => {
      const code = fails.shift();
      if (code !== undefined) throw protocolError(code);
      return [{ partition: 0, low: '3', high: '7' }];
    },
  };
  const context = { admin: () => client, clock, warn: () => undefined } as unknown as DriverContext;
  return { admin: new KafkajsAdmin(context), clock };
}

it.each([
  ['has not heard of it yet', UNKNOWN_TOPIC],
  ['does not lead it yet', LEADER_NOT_AVAILABLE],
])('a broker that %s is asked again about a topic that another one knows', async (_, code) => {
  const { admin, clock } = adminOn({ known: 99, fails: Array(20).fill(code) });
  const offsets = admin.offsets('t');
  await clock.advance(2_000);
  expect(await offsets).toEqual([{ partition: 0, low: 3, high: 7 }]);
});

it('a topic that is deleted meanwhile is missing', async () => {
  const { admin, clock } = adminOn({ known: 3, fails: Array(9_999).fill(UNKNOWN_TOPIC) });
  const offsets = admin.offsets('t').catch((error: unknown) => error);
  await clock.advance(3_000);
  expect(await offsets).toMatchObject({ code: 'TOPIC_MISSING', facts: { topic: 't' } });
});

it('a topic of which nobody ever knows the offsets is given up in time', async () => {
  const { admin, clock } = adminOn({ known: 9_999, fails: Array(9_999).fill(LEADER_NOT_AVAILABLE) });
  const offsets = admin.offsets('t').catch((error: unknown) => error);
  await clock.advance(16_000);
  expect(await offsets).toMatchObject({ code: 'BROKER_UNREACHABLE' });
});
