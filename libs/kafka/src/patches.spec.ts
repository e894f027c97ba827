import { describe, expect, it } from '@jest/globals';
import { GROUP_HOOKS } from './patches/group-hooks.js';
import { type Load, patchKafkajs, PATCHED_VERSION } from './patches.js';

class Queue {
  pending: unknown[] = [];
  scheduled = 0;
  scheduleCheckPendingRequests(): void {
    this.scheduled++;
  }
  scheduleRequestTimeoutCheck(): void {}
}

class Group {
  async joinAndSync(): Promise<void> {}
  async heartbeat(): Promise<void> {}
  async leave(): Promise<void> {}
  async fetch(): Promise<void> {}
  resume(): void {}
  async recoverFromFetch(): Promise<void> {}
}

function fakeConnection() {
  return class {
    connects = 0;
    isConnected(): boolean {
      return false;
    }
    connect(): Promise<unknown> {
      return Promise.resolve(this.connects++);
    }
  };
}

/** A kafkajs of which every patched class is fresh. */
function fakeKafkajs(version = PATCHED_VERSION) {
  const [queue, group, connection] = [class extends Queue {}, class extends Group {}, fakeConnection()];
  queue.prototype.scheduleCheckPendingRequests = Queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleRequestTimeoutCheck = Queue.prototype.scheduleRequestTimeoutCheck;
  const modules: Record<string, unknown> = {
    'kafkajs/package.json': { version },
    'kafkajs/src/network/requestQueue': queue,
    'kafkajs/src/consumer/consumerGroup': group,
    'kafkajs/src/network/connectionPool': { prototype: { getConnectionByRequest: () => undefined } },
    'kafkajs/src/network/connection': connection,
    'kafkajs/src/protocol/requests/produce': { protocol: () => undefined },
    'kafkajs/src/protocol/requests/fetch': { protocol: () => undefined },
    'kafkajs/src/protocol/message/compression': {},
  };
  const load: Load = (path) => modules[path];
  return { load, queue: () => new queue(), group: () => new group(), connection: () => new connection() };
}

const silent = (): void => undefined;

it.each([
  [{}, 1],
  [{ connectOnce: false }, 2],
])('with the patches %j two connects at once are %d', async (switches, connects) => {
  const { load, connection } = fakeKafkajs();
  patchKafkajs(switches, silent, load);
  const one = connection();
  await Promise.all([one.connect(), one.connect()]);
  expect(one.connects).toBe(connects);
});

describe('request queue timer', () => {
  it('is not set when nothing is pending, and is when something is', () => {
    const { load, queue } = fakeKafkajs();
    patchKafkajs({}, silent, load);
    const one = queue();
    one.scheduleCheckPendingRequests();
    expect(one.scheduled).toBe(0);
    one.pending.push('request');
    one.scheduleCheckPendingRequests();
    expect(one.scheduled).toBe(1);
  });

  it('is left as it is when the patch is switched off', () => {
    const { load, queue } = fakeKafkajs();
    patchKafkajs({ requestQueueTimer: false }, silent, load);
    const one = queue();
    one.scheduleCheckPendingRequests();
    expect(one.scheduled).toBe(1);
  });

  it('stays quiet in the kafkajs that is installed', async () => {
    patchKafkajs({}, silent);
    const { createRequire } = await import('node:module');
    const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');
    const queue = Object.assign(Object.create(RequestQueue.prototype) as object, { pending: [], throttledUntil: -1 });
    RequestQueue.prototype.scheduleCheckPendingRequests.call(queue);
    expect(queue).not.toHaveProperty('throttleCheckTimeoutId');
  });
});

describe('join hooks', () => {
  it('are put into the group once', () => {
    const { load, group } = fakeKafkajs();
    expect(patchKafkajs({}, silent, load)).toMatchObject({ joinHooks: true });
    const once = group().joinAndSync;
    expect(once).not.toBe(Group.prototype.joinAndSync);
    patchKafkajs({}, silent, load);
    expect(group().joinAndSync).toBe(once);
  });

  it('can be switched off', () => {
    const { load, group } = fakeKafkajs();
    expect(patchKafkajs({ joinHooks: false }, silent, load)).toMatchObject({ joinHooks: false });
    expect(group().joinAndSync).toBe(Group.prototype.joinAndSync);
  });

  it('fit the kafkajs that is installed', async () => {
    const { createRequire } = await import('node:module');
    const { prototype } = createRequire(import.meta.url)('kafkajs/src/consumer/consumerGroup') as { prototype: object };
    for (const name of ['joinAndSync', 'heartbeat', 'leave', 'fetch', 'recoverFromFetch', 'resume', 'paused', 'assigned', 'checkForStaleAssignment', 'getActiveTopicPartitions', 'filterPartitionsByNode']) expect(prototype).toHaveProperty(name, expect.any(Function)); // prettier-ignore
  });
});

it('wakeable pauses can be switched off: kafkajs sleeps itself', async () => {
  for (const wakeablePause of [true, false]) {
    const { load, group } = fakeKafkajs();
    patchKafkajs({ wakeablePause }, silent, load);
    const one = Object.assign(group(), { assigners: [{ [GROUP_HOOKS]: {} }], maxWaitTime: 500, paused: () => [0] });
    await (one as unknown as { fetch(nodeId: number): Promise<void> }).fetch(1);
    expect(one.maxWaitTime).toBe(wakeablePause ? 100 : 500);
  }
});

describe('another version of kafkajs', () => {
  it('is left alone, with a warning that names both versions', () => {
    const { load, queue, group } = fakeKafkajs('3.0.0');
    const warnings: string[] = [];
    expect(patchKafkajs({}, (message) => warnings.push(message), load)).toMatchObject({ joinHooks: false });
    expect(warnings).toEqual([expect.stringMatching(/3\.0\.0.*2\.2\.4/)]);
    expect(queue().scheduleCheckPendingRequests).toBe(Queue.prototype.scheduleCheckPendingRequests);
    expect(group().joinAndSync).toBe(Group.prototype.joinAndSync);
  });
});
