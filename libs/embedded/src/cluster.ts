import { join } from 'node:path';
import { newClusterId, startNode, type KafkaHandle, type KafkaOptions, type NodePlace } from './kafka.js';
import { HOST, freePort } from './ports.js';
import { killGroup } from './guard.js';

const DEFAULT_BROKERS = 3;

/** Options of `startCluster`; a folder per node is made in `dataDir`. */
export interface ClusterOptions extends Omit<KafkaOptions, 'port' | 'logFile'> {
  /** Nodes, each broker and controller. Default 3, the least that survives the loss of one. */
  brokers?: number;
}

/** One node, which may be down. */
export interface ClusterNode {
  /** From 1; the broker's id. */
  readonly id: number;
  /** `host:port`, the same across restarts. */
  readonly address: string;
  /** The process that runs now; undefined while it is down. */
  readonly pid: number | undefined;
  /** kill -9; resolves when the process is gone. */
  kill(): Promise<void>;
  /** An orderly end: its partitions are handed over first. */
  stop(): Promise<void>;
  /** On its data; resolves when the cluster has taken it back in. @throws EmbeddedError as `startKafka` */
  start(): Promise<void>;
}

/** Several nodes that run as one. */
export interface ClusterHandle extends AsyncDisposable {
  /** All addresses, for `KAFKA_BROKERS`. */
  readonly brokers: readonly string[];
  readonly nodes: readonly ClusterNode[];
  stop(): Promise<void>;
}

/**
 * Starts several Kafka nodes on this machine as one cluster, to lose some of them in tests. With three: replication 3 and two
 * in-sync replicas for an acknowledgement, so one may be away. Resolves when every node takes records.
 * @throws EmbeddedError as `startKafka`; no node is left running then
 */
export async function startCluster(options: ClusterOptions): Promise<ClusterHandle> {
  const { brokers = DEFAULT_BROKERS, ...shared } = options;
  const overrides = { ...replicated(brokers), ...options.overrides };
  const places = await choosePlaces(brokers);
  const nodes = places.map((place) => new Node({ ...shared, overrides }, place));
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  const started = await Promise.allSettled(nodes.map((node) => node.start()));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  return { brokers: nodes.map(({ address }) => address), nodes, stop, [Symbol.asyncDispose]: stop };
}

/** As many copies as there are nodes, three at most; all but one of them for an acknowledgement. */
function replicated(brokers: number): Record<string, number> {
  const copies = Math.min(brokers, 3);
  const inSync = Math.max(1, copies - 1);
  return {
    'default.replication.factor': copies,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': inSync,
  };
}

type Place = NodePlace & { port: number };

/** Every controller must know the ports of all, so they are chosen before any node runs. */
async function choosePlaces(count: number): Promise<Place[]> {
  const ports = new Set<number>();
  while (ports.size < 2 * count) ports.add(await freePort());
  const [own, controllers] = [[...ports].slice(0, count), [...ports].slice(count)];
  const voters = controllers.map((port, i) => `${i + 1}@${HOST}:${port}`).join(',');
  const clusterId = newClusterId();
  return own.map((port, i) => ({ nodeId: i + 1, port, controllerPort: controllers[i]!, voters, clusterId }));
}

class Node implements ClusterNode {
  readonly id: number;
  readonly address: string;
  #handle: KafkaHandle | undefined;

  constructor(
    private readonly options: KafkaOptions,
    private readonly place: Place,
  ) {
    this.id = place.nodeId;
    this.address = `${HOST}:${place.port}`;
  }

  get pid(): number | undefined {
    return this.#handle?.pid;
  }

  async start(): Promise<void> {
    const { port, nodeId } = this.place;
    const dataDir = join(this.options.dataDir, `node-${nodeId}`);
    this.#handle ??= await startNode({ ...this.options, dataDir, port }, this.place);
  }

  async kill(): Promise<void> {
    const handle = this.#take();
    killGroup(handle?.pid);
    await handle?.exited;
  }

  async stop(): Promise<void> {
    await this.#take()?.stop();
  }

  #take(): KafkaHandle | undefined {
    const handle = this.#handle;
    this.#handle = undefined;
    return handle;
  }
}
