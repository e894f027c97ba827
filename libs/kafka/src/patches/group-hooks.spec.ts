import { describe, expect, it } from '@jest/globals';
import { addGroupHooks, GROUP_HOOKS, type GroupHooks, type HookedGroup, REJOIN } from './group-hooks.js';

const error = (type: string) => Object.assign(new Error(type), { type });
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What kafkajs's ConsumerGroup does, as steps. */
class Group {
  assigners: { [GROUP_HOOKS]?: GroupHooks }[] = [];
  steps: string[] = [];
  offsetManager: object = {};
  join = (): Promise<void> => Promise.resolve();
  beat = (): Promise<void> => Promise.resolve();
  data: () => Promise<unknown[]> = () => Promise.resolve(['batch']);
  async joinAndSync(): Promise<void> {
    this.steps.push('join');
    await this.join();
  }
  async heartbeat(): Promise<void> {
    this.steps.push('beat');
    await this.beat();
  }
  async recoverFromFetch(): Promise<void> {
    this.steps.push('recover');
  }
  async leave(): Promise<void> {
    this.steps.push('leave');
  }
  /** Of one broker, 1, that leads all partitions of one topic. */
  partitions = { assigned: [0, 1], paused: [] as number[] };
  maxWaitTime = 500;
  cluster = { refreshMetadataIfNecessary: (): Promise<void> => Promise.resolve() };
  checkForStaleAssignment: () => void = () => undefined;
  assigned = () => [{ topic: 't', partitions: this.partitions.assigned }];
  paused = () => this.partitions.paused;
  resume(): void {
    this.partitions.paused = [];
  }
  getActiveTopicPartitions() {
    const { assigned, paused } = this.partitions;
    return { t: new Set(assigned.filter((one) => !paused.includes(one))) };
  }
  filterPartitionsByNode(nodeId: number, all: { topic: string; partitions: number[] }[]) {
    return nodeId === 1 ? all : all.map(({ topic }) => ({ topic, partitions: [] }));
  }
  async fetch(): Promise<unknown[]> {
    return this.data();
  }
}

function groupWith(hooks?: Partial<GroupHooks>) {
  const Fresh = class extends Group {};
  const prototype = Fresh.prototype as unknown as HookedGroup;
  addGroupHooks(prototype, {
    wakeablePause: true,
    wrap: (name, replace) => void (prototype[name] = replace(prototype[name])),
  });
  const group = new Fresh();
  const steps = (name: string) => () => void group.steps.push(name);
  if (hooks) group.assigners.push({ [GROUP_HOOKS]: { beforeJoin: steps('before'), afterJoin: steps('after'), ...hooks } }); // prettier-ignore
  return { group, hooked: group as unknown as HookedGroup };
}

/** A step that ends when the test says so. */
function held() {
  let end: () => void = () => undefined;
  const step = new Promise<void>((resolve) => (end = resolve));
  return { step: () => step, end: () => end() };
}

describe('joins', () => {
  it('have what belongs to them before and after, awaited', async () => {
    const { group, hooked } = groupWith({ beforeJoin: async () => (await turn(), void group.steps.push('before')) });
    await hooked.joinAndSync();
    expect(group.steps).toEqual(['before', 'join', 'after']);
  });

  it('are made one at a time', async () => {
    const { group, hooked } = groupWith({});
    await Promise.all([hooked.joinAndSync(), hooked.joinAndSync()]);
    await hooked.joinAndSync();
    expect(group.steps.filter((step) => step === 'join')).toHaveLength(2);
  });

  it('of a group without hooks are left alone', async () => {
    const { group, hooked } = groupWith();
    group.beat = () => Promise.reject(error('REBALANCE_IN_PROGRESS'));
    await hooked.joinAndSync();
    await expect(hooked.heartbeat({ interval: 1 })).rejects.toThrow('REBALANCE_IN_PROGRESS');
    await hooked.leave();
    expect(group.steps).toEqual(['join', 'beat', 'leave']);
  });
});

describe('a rebalance', () => {
  it.each(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'NOT_COORDINATOR_FOR_GROUP'])(
    'that a heartbeat hears of (%s) does not stop the fetching; no heartbeat is sent until it is over',
    async (type) => {
      const { group, hooked } = groupWith({ joinsAside: true });
      const join = held();
      [group.join, group.beat] = [join.step, () => Promise.reject(error(type))];
      await hooked.heartbeat({ interval: 1 });
      await hooked.heartbeat({ interval: 1 });
      await turn();
      expect(group.steps).toEqual(['beat', 'before', 'join']);
      join.end();
      group.beat = () => Promise.resolve();
      await turn();
      await hooked.heartbeat({ interval: 1 });
      expect(group.steps).toEqual(['beat', 'before', 'join', 'after', 'beat']);
    },
  );

  it('that fails fails the next heartbeat, once', async () => {
    const { group, hooked } = groupWith({ joinsAside: true });
    group.join = () => Promise.reject(error('GROUP_AUTHORIZATION_FAILED'));
    hooked[REJOIN]!();
    await turn();
    await expect(hooked.heartbeat({ interval: 1 })).rejects.toThrow('GROUP_AUTHORIZATION_FAILED');
    await hooked.heartbeat({ interval: 1 });
  });

  it('that failed is made again with the next heartbeat, though the broker knows of nothing: nobody else would do it', async () => {
    const { group, hooked } = groupWith({ joinsAside: true, joinFailed: () => void group.steps.push('failed') });
    group.join = () => Promise.reject(error('CONNECTION_CLOSED'));
    hooked[REJOIN]!();
    await turn();
    await expect(hooked.heartbeat({ interval: 1 })).rejects.toThrow('CONNECTION_CLOSED'); // kafkajs goes on after a pause
    group.join = () => Promise.resolve();
    await hooked.heartbeat({ interval: 1 });
    await turn();
    await hooked.heartbeat({ interval: 1 });
    expect(group.steps).toEqual(['before', 'join', 'failed', 'before', 'join', 'after', 'beat']);
  });

  it('that failed is made again also where fetching stops for it', async () => {
    const { group, hooked } = groupWith({});
    group.join = () => Promise.reject(error('CONNECTION_CLOSED'));
    await expect(hooked.joinAndSync()).rejects.toThrow('CONNECTION_CLOSED');
    group.join = () => Promise.resolve();
    await hooked.heartbeat({ interval: 1 });
    await hooked.heartbeat({ interval: 1 });
    expect(group.steps).toEqual(['before', 'join', 'before', 'join', 'after', 'beat']);
  });

  it('is kafkajs’s own where fetching shall stop for it, and so are all other errors of a heartbeat', async () => {
    const [reader, member] = [groupWith({}), groupWith({ joinsAside: true })];
    reader.group.beat = () => Promise.reject(error('REBALANCE_IN_PROGRESS'));
    member.group.beat = () => Promise.reject(error('UNKNOWN_MEMBER_ID'));
    await expect(reader.hooked.heartbeat({ interval: 1 })).rejects.toThrow('REBALANCE_IN_PROGRESS');
    await expect(member.hooked.heartbeat({ interval: 1 })).rejects.toThrow('UNKNOWN_MEMBER_ID');
  });
});

describe('what was fetched', () => {
  it('under one assignment is dropped under the next, and an error of it too', async () => {
    const { group, hooked } = groupWith({});
    expect(await hooked.fetch(1)).toEqual(['batch']);
    const renew = () => void (group.offsetManager = {});
    group.data = async () => (renew(), ['stale']);
    expect(await hooked.fetch(1)).toEqual([]);
    group.data = () => (renew(), Promise.reject(new TypeError('no such partition any more')));
    expect(await hooked.fetch(1)).toEqual([]);
    group.data = () => Promise.reject(new Error('broker away'));
    await expect(hooked.fetch(1)).rejects.toThrow('broker away');
  });
});

describe('a fetch that finds its topic missing', () => {
  it('says so before kafkajs recovers', async () => {
    const steps: string[] = [];
    const { group, hooked } = groupWith({ topicMissing: () => void steps.push('missing') });
    group.steps = steps;
    await hooked.recoverFromFetch(error('LEADER_NOT_AVAILABLE'));
    await hooked.recoverFromFetch(error('UNKNOWN_TOPIC_OR_PARTITION'));
    expect(steps).toEqual(['recover', 'missing', 'recover']);
  });
});

describe('leaving', () => {
  it('waits for a join that is under way, even one that fails', async () => {
    const { group, hooked } = groupWith({ joinsAside: true });
    group.join = () => turn().then(() => Promise.reject(new Error('join')));
    hooked[REJOIN]!();
    const left = hooked.leave();
    await Promise.resolve();
    expect(group.steps).not.toContain('leave');
    await left;
    expect(group.steps.at(-1)).toBe('leave');
  });

  it('can be left out: the member stays', async () => {
    const { group, hooked } = groupWith({ mayLeave: () => false });
    await hooked.leave();
    expect(group.steps).toEqual([]);
  });
});

describe('a fetch with everything paused', () => {
  it('sleeps until a resume, then fetches', async () => {
    const { group, hooked } = groupWith({});
    group.maxWaitTime = 3_600_000;
    group.partitions.paused = [0, 1];
    const fetched = hooked.fetch(1);
    await turn();
    hooked.resume([{ topic: 't', partitions: [0, 1] }]);
    expect(await fetched).toEqual([]);
    expect(await hooked.fetch(1)).toEqual(['batch']);
  });

  it('ends by itself after the longest wait', async () => {
    const { group, hooked } = groupWith({});
    [group.maxWaitTime, group.partitions.paused] = [1, [0, 1]];
    expect(await hooked.fetch(1)).toEqual([]);
  });

  it('is made at once when a topic has got more partitions: kafkajs joins anew', async () => {
    const { group, hooked } = groupWith({});
    group.partitions.paused = [0, 1];
    group.checkForStaleAssignment = () => {
      throw new Error('stale');
    };
    expect(await hooked.fetch(1)).toEqual(['batch']);
  });
});

describe('a fetch with something paused', () => {
  it('is short, so that a resume need not wait long for it, and long again after the resume', async () => {
    const { group, hooked } = groupWith({});
    group.partitions.paused = [0];
    await hooked.fetch(1);
    expect(group.maxWaitTime).toBe(100);
    hooked.resume([]);
    await hooked.fetch(1);
    expect(group.maxWaitTime).toBe(500);
  });
});
