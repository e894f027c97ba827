import { HOST } from './ports.js';

/** Values that a test or a benchmark may set: any key of Kafka's broker configuration. */
export type BrokerOverrides = Readonly<Record<string, string | number | boolean>>;

/** A node's place in a cluster of several; a node without one is its own cluster. */
export interface ClusterPlace {
  /** From 1. */
  nodeId: number;
  /** `<id>@<host>:<port>` of every node's controller, separated by commas. */
  voters: string;
  /** Shared by all nodes. */
  clusterId: string;
}

/** What the broker's configuration depends on. `logDir` is relative to the working folder of the JVM. */
export interface BrokerConfig {
  port: number;
  controllerPort: number;
  logDir: string;
  place?: ClusterPlace | undefined;
  overrides?: BrokerOverrides | undefined;
}

/**
 * `server.properties` of a KRaft node that is broker and controller in one. Static voters, because with them the ports may
 * change between runs (https://kafka.apache.org/43/operations/kraft/). Retention, compression and
 * `offset.metadata.max.bytes` stay at Kafka's defaults.
 */
export function renderServerProperties({ port, controllerPort, logDir, place, overrides }: BrokerConfig): string {
  const own = {
    'process.roles': 'broker,controller',
    'node.id': place?.nodeId ?? 1,
    'controller.quorum.voters': place?.voters ?? `1@${HOST}:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: `PLAINTEXT://${HOST}:${port},CONTROLLER://${HOST}:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logDir,
    'auto.create.topics.enable': false,
    'default.replication.factor': 1,
    'offsets.topic.replication.factor': 1,
    // Few partitions: 50, the default, take a second to create on the first join of a group.
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
  };
  return renderProperties({ ...own, ...overrides });
}

/** `log4j2.properties`: warnings and above to stdout, which is the log file; no hook, so that nothing is lost at the end. */
export function renderLog4j(): string {
  return renderProperties({
    status: 'error',
    shutdownHook: 'disable',
    'appender.out.type': 'Console',
    'appender.out.name': 'out',
    'appender.out.layout.type': 'PatternLayout',
    'appender.out.layout.pattern': '[%d] %p %m (%c)%n',
    'rootLogger.level': 'warn',
    'rootLogger.appenderRef.out.ref': 'out',
  });
}

/** Java's properties format, in ASCII: what is special or outside of it is escaped. */
export function renderProperties(values: BrokerOverrides): string {
  const lines = Object.entries(values).map(
    ([key, value]) => `${escape(key, /[\\:=#! ]/g)}=${escape(String(value), /\\/g)}\n`,
  );
  return lines.join('');
}

function escape(text: string, special: RegExp): string {
  return text
    .replace(special, (char) => `\\${char}`)
    .replace(/\n/g, '\\n')
    .replace(/^ /, '\\ ')
    .replace(/[^\x20-\x7e]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
