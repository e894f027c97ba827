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

/** Clients of a cluster that knows one topic, each with its own offsets and commits. */
function clients(make: (index: number) => { offsets?: () => Promise<unknown>; committed?: () => Promise<unknown> }) {
  const clock = new FakeClock(0);
  const made: { isOver: boolean }[] = [];
  const admin = () => {
    const self = { isOver: false };
    const { offsets, committed } = make(made.push(self) - 1);
    return {
      connect: async () => undefined,
      disconnect: async () => void (self.isOver = true),
      describeCluster: async () => ({ brokers: [{}] }),
      fetchTopicMetadata: async () => ({ topics: [{ name: 't', partitions: [{}] }] }),
      fetchTopicOffsets: offsets,
      fetchOffsets: committed,
    };
  };
  const context = { admin, clock, warn: () => undefined } as unknown as DriverContext;
  return { admin: new KafkajsAdmin(context), clock, made };
}

const OFFSETS = [{ partition: 0, low: '3', high: '7' }];

it('of two calls at once the one that fails does not end the other; its client ends with both', async () => {
  const slow = Promise.withResolvers<typeof OFFSETS>();
  const { admin, made } = clients(() => ({
    offsets: () => slow.promise,
    committed: () => Promise.reject(protocolError(15)),
  }));
  const offsets = admin.offsets('t');
  await expect(admin.committed('g', 't')).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  expect(made.map(({ isOver }) => isOver)).toEqual([false]);
  slow.resolve(OFFSETS);
  expect(await offsets).toEqual([{ partition: 0, low: 3, high: 7 }]);
  expect(made.map(({ isOver }) => isOver)).toEqual([true]);
});

it('a client that goes on to ask for a deleted topic is replaced by another', async () => {
  const { admin, clock, made } = clients((index) => ({
    offsets: () => (index === 0 ? Promise.reject(protocolError(UNKNOWN_TOPIC)) : Promise.resolve(OFFSETS)),
  }));
  const offsets = admin.offsets('t');
  await clock.advance(100);
  expect(await offsets).toEqual([{ partition: 0, low: 3, high: 7 }]);
  expect(made.map(({ isOver }) => isOver)).toEqual([true, false]);
  await admin.disconnect();
  expect(made.map(({ isOver }) => isOver)).toEqual([true, true]);
});

it('who is disconnected does not ask again', async () => {
  const { admin, clock, made } = clients(() => ({ offsets: () => Promise.reject(protocolError(UNKNOWN_TOPIC)) }));
  let outcome: unknown;
  void admin.offsets('t').catch((error: unknown) => (outcome = error));
  await clock.advance(120);
  await admin.disconnect();
  const before = made.length;
  await clock.advance(1_000);
  expect(outcome).toMatchObject({ code: 'TOPIC_MISSING' });
  expect(made.length).toBeLessThanOrEqual(before + 1);
  expect(made.every(({ isOver }) => isOver)).toBe(true);
});

it('a client that cannot connect ends', async () => {
  let isOver = false;
  const client = { connect: () => Promise.reject(protocolError(15)), disconnect: async () => void (isOver = true) };
  const context = { admin: () => client, clock: new FakeClock(0), warn: () => undefined } as unknown as DriverContext;
  await expect(new KafkajsAdmin(context).listTopics()).rejects.toMatchObject({ code: 'BROKER_UNREACHABLE' });
  expect(isOver).toBe(true);
});
