/** What is used of kafkajs's `Broker` (2.2.4, `src/broker/index.js`). */
export interface StaticBroker {
  lookupRequest(apiKey: number, definition: unknown): (args: object) => unknown;
  syncGroup(request: object): Promise<{ readonly memberAssignment: Buffer }>;
}

/** What is used of kafkajs's `Cluster` (`src/cluster/index.js`), of which each consumer has its own. */
export interface CoordinatedCluster {
  findGroupCoordinator(of: object): Promise<StaticBroker>;
}

export interface StaticMember {
  /** `group.instance.id` */
  readonly instanceId: string;
  /** Hears of each assignment that comes, with the bytes that kafkajs drops. */
  onAssignment(memberAssignment: Buffer): void;
}

/**
 * kafkajs writes `group_instance_id` into JoinGroup v5, SyncGroup v3 and Heartbeat v3, but its broker passes none. The coordinator that
 * this cluster finds does: for this consumer only, and without a change to kafkajs's own classes.
 */
export function makeStatic(cluster: CoordinatedCluster, member: StaticMember): void {
  const { findGroupCoordinator } = cluster;
  cluster.findGroupCoordinator = async (of) => asMember(await findGroupCoordinator.call(cluster, of), member);
}

/** A view of the broker: all but these is the broker's own, as it is when it is asked for. */
function asMember(broker: StaticBroker, { instanceId, onAssignment }: StaticMember): StaticBroker {
  const view = Object.create(broker) as StaticBroker;
  // Requests that know no instance id take none of it.
  view.lookupRequest = (apiKey, definition) => {
    const make = broker.lookupRequest(apiKey, definition);
    return (args) => make({ ...args, groupInstanceId: instanceId });
  };
  view.syncGroup = async (request) => {
    const response = await broker.syncGroup.call(view, request);
    onAssignment(response.memberAssignment);
    return response;
  };
  return view;
}
