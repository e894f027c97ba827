import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import { type CoordinatedCluster, makeStatic, type StaticBroker } from './static-membership.js';

const load = createRequire(import.meta.url);
const Broker = load('kafkajs/src/broker') as { prototype: object };
const { lookup } = load('kafkajs/src/protocol/requests') as { lookup: (versions: object) => unknown };
const keys = load('kafkajs/src/protocol/requests/apiKeys') as Record<string, number>;

interface Request {
  readonly request: { readonly apiName: string; encode(): Promise<{ readonly buffer: Buffer }> };
}
type Calls = Record<'joinGroup' | 'syncGroup' | 'heartbeat' | 'offsetCommit', (request: object) => Promise<unknown>>;
type AnyBroker = StaticBroker & Calls;

/** kafkajs's own broker, of which only the connection is not there. */
function brokerThat(sends: (request: Request) => Promise<unknown>): AnyBroker {
  const ranges = ['JoinGroup', 'SyncGroup', 'Heartbeat', 'OffsetCommit'].map((name) => [keys[name]!, { minVersion: 0, maxVersion: 9 }]); // prettier-ignore
  const connectionPool = { send: sends };
  return Object.assign(Object.create(Broker.prototype) as AnyBroker, { lookupRequest: lookup(Object.fromEntries(ranges)) as StaticBroker['lookupRequest'], connectionPool }); // prettier-ignore
}

async function coordinatorOf(broker: AnyBroker, onAssignment = (): void => undefined): Promise<AnyBroker> {
  const cluster: CoordinatedCluster = { findGroupCoordinator: () => Promise.resolve(broker) };
  makeStatic(cluster, { instanceId: 'pod-3', onAssignment });
  return (await cluster.findGroupCoordinator({})) as AnyBroker;
}

const member = { groupId: 'g', generationId: 7, groupGenerationId: 7, memberId: 'm' };
const requests: [keyof Calls, object][] = [
  ['joinGroup', { ...member, sessionTimeout: 1, rebalanceTimeout: 1, groupProtocols: [] }],
  ['syncGroup', { ...member, groupAssignment: [] }],
  ['heartbeat', member],
];

describe('a static member', () => {
  it.each(requests)('says its instance id in %s, and no other member does', async (name, request) => {
    const sent: Buffer[] = [];
    const broker = brokerThat(async (one) => (sent.push((await one.request.encode()).buffer), { memberAssignment: Buffer.alloc(0) })); // prettier-ignore
    await (await coordinatorOf(broker))[name](request);
    await broker[name](request);
    const text = '\0\x05pod-3';
    expect(sent.map((bytes) => bytes.includes(text))).toEqual([true, false]);
    const [before, after] = sent[0]!.toString('latin1').split(text);
    expect(sent[1]!.toString('latin1')).toBe(`${before}\xff\xff${after}`);
  });

  it('commits like any other', async () => {
    const sent: Buffer[] = [];
    const broker = brokerThat(async (one) => void sent.push((await one.request.encode()).buffer));
    const request = { ...member, topics: [] };
    await (await coordinatorOf(broker)).offsetCommit(request);
    await broker.offsetCommit(request);
    expect(sent[0]).toEqual(sent[1]);
  });

  it('hears the bytes of its assignment', async () => {
    const heard: unknown[] = [];
    const broker = brokerThat(() => Promise.resolve({ memberAssignment: Buffer.from('bytes') }));
    const coordinator = await coordinatorOf(broker, (...bytes: unknown[]) => void heard.push(...bytes));
    await coordinator.syncGroup({ ...member, groupAssignment: [] });
    expect(heard).toEqual([Buffer.from('bytes')]);
  });

  it('is one also after the broker was connected to again', async () => {
    const broker = brokerThat(() => Promise.resolve());
    const coordinator = await coordinatorOf(broker);
    broker.lookupRequest = () => (args) => args;
    expect(coordinator.lookupRequest(0, {})({})).toEqual({ groupInstanceId: 'pod-3' });
  });
});
