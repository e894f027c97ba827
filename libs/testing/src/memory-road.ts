import { SunbeonError } from '@sunbeon/core/errors';
import type {
  Clock,
  IncomingRecord,
  OutgoingRecord,
  ReaderOptions,
  Road,
  RoadAdmin,
  RoadProducer,
  RoadReader,
} from '@sunbeon/core/ports';
import { MemoryConsumer } from './memory-consumer.js';
import { MemoryGroup } from './memory-group.js';
import { MemoryLog } from './memory-log.js';

export interface MemoryRoadOptions {
  /** Topics that exist from the beginning, with their number of partitions. */
  readonly topics?: Readonly<Record<string, number>>;
  /** Partitions of a topic that is sent to without having been created; undefined: `TOPIC_MISSING`, as on a real road. */
  readonly partitions?: number;
  /** Of record timestamps. */
  readonly clock?: Pick<Clock, 'now'>;
}

/** Makes things go wrong. */
export interface RoadFaults {
  /** The next `n` sends, or those with a record that the predicate picks (until it is replaced), write nothing and reject. */
  failSends(which: number | ((record: OutgoingRecord) => boolean)): void;
  /** The next `n` sends are written, but reject. */
  loseAcks(n: number): void;
  failCommits(n: number): void;
  /** Revokes all partitions of a group, and hands them out anew when they are drained. */
  rebalance(group: string): void;
  /** All members of a group lose what they have, undrained, and get it anew: as after a silence longer than the session. */
  expel(group: string): void;
  /** Everything that a topic holds, by partition, then by offset. */
  dumpTopic(topic: string): IncomingRecord[];
}

/**
 * An imitation of Kafka for unit tests: topics, partitions, groups with cooperative rebalances, committed offsets. Nothing waits
 * for real time; records arrive in turns of the event loop. It passes the same conformance suite as the real driver.
 */
export function memoryRoad(options: MemoryRoadOptions = {}): Road & RoadFaults {
  const nowMs = (): number => (options.clock ?? Date).now();
  const log = new MemoryLog(nowMs);
  for (const [topic, partitions] of Object.entries(options.topics ?? {})) log.create(topic, partitions);
  const groups = new Map<string, MemoryGroup>();
  const groupOf = (name: string): MemoryGroup => {
    const group = groups.get(name) ?? new MemoryGroup(log);
    groups.set(name, group);
    return group;
  };
  const faults = new Faults();
  const ensure = (topics: Iterable<string>): void => {
    if (options.partitions !== undefined) for (const topic of topics) log.create(topic, options.partitions);
  };
  return {
    async producer() {
      return producerOn(log, faults, ensure);
    },
    async consumer({ group, topics }) {
      ensure(topics);
      const member = { name: group, topics, nowMs, commitFails: () => faults.commitFails() };
      return new MemoryConsumer(log, groupOf(group), member);
    },
    async reader(options) {
      ensure([options.topic]);
      return readerOn(log, options, nowMs);
    },
    async admin() {
      return adminOn(log, groups);
    },
    failSends: (which) => void (faults.sends = which),
    loseAcks: (n) => void (faults.acks = n),
    failCommits: (n) => void (faults.commits = n),
    rebalance: (group) => groups.get(group)?.shuffle(),
    expel: (group) => groups.get(group)?.expel(),
    dumpTopic: (topic) => log.partitionsOf(topic).flat(),
  };
}

class Faults {
  sends: number | ((record: OutgoingRecord) => boolean) = 0;
  acks = 0;
  commits = 0;

  sendFails(records: readonly OutgoingRecord[]): boolean {
    if (typeof this.sends === 'function') return records.some(this.sends);
    return this.sends > 0 && this.sends-- > 0;
  }

  ackIsLost(): boolean {
    return this.acks > 0 && this.acks-- > 0;
  }

  commitFails(): boolean {
    return this.commits > 0 && this.commits-- > 0;
  }
}

function producerOn(log: MemoryLog, faults: Faults, ensure: (topics: Iterable<string>) => void): RoadProducer {
  let connected = true;
  return {
    async send(records) {
      if (!connected) throw new SunbeonError('NOT_RUNNING', 'The producer is disconnected.');
      ensure(records.map(({ topic }) => topic));
      const facts = { topic: records[0]?.topic };
      if (faults.sendFails(records))
        throw new SunbeonError('SEND_FAILED', 'A send fails, as the test wants it.', { facts });
      log.append(records);
      if (faults.ackIsLost()) throw new SunbeonError('SEND_FAILED', 'An ack is lost, as the test wants it.', { facts });
      await new Promise((resume) => setImmediate(resume));
    },
    async disconnect() {
      connected = false;
    },
  };
}

function readerOn(log: MemoryLog, { topic, from, headers }: ReaderOptions, nowMs: () => number): RoadReader {
  const positions = new Map(from);
  let stop: (() => void) | undefined;
  let isHeld = false;
  return {
    async run(onRecords) {
      const partitions = log.partitionsOf(topic);
      const deliver = async (): Promise<void> => {
        for (const [partition, offset] of positions) {
          if (stop === undefined || isHeld) return;
          const records = (partitions[partition] ?? []).slice(offset);
          positions.set(partition, offset + records.length);
          const held =
            records.length > 0
              ? onRecords(headers === undefined ? records : records.map((record) => withOnly(record, headers)))
              : undefined;
          if (held === undefined) continue;
          isHeld = true;
          await held;
          isHeld = false;
          setImmediate(() => void deliver()); // what was appended meanwhile
        }
      };
      stop = log.onAppend(() => setImmediate(() => void deliver()));
      setImmediate(() => void deliver());
    },
    lastPollMs: () => (stop === undefined ? undefined : nowMs()),
    async disconnect() {
      stop?.();
      stop = undefined;
    },
  };
}

function withOnly(record: IncomingRecord, names: readonly string[]): IncomingRecord {
  const some = Object.entries(record.headers).filter(([name]) => names.includes(name));
  return { ...record, headers: Object.fromEntries(some) };
}

function adminOn(log: MemoryLog, groups: ReadonlyMap<string, MemoryGroup>): RoadAdmin {
  return {
    async listTopics() {
      return new Map([...log.topics].map(([topic, partitions]) => [topic, partitions.length]));
    },
    async createTopics(specs) {
      return specs.filter(({ topic, partitions }) => log.create(topic, partitions)).map(({ topic }) => topic);
    },
    async offsets(topic) {
      return log.partitionsOf(topic).map((records, partition) => ({ partition, low: 0, high: records.length }));
    },
    async offsetsAt(topic, timestampMs) {
      return log.partitionsOf(topic).map((records, partition) => {
        const first = records.findIndex((record) => record.timestampMs >= timestampMs);
        return { partition, offset: first === -1 ? records.length : first };
      });
    },
    async committed(group, topic) {
      return log.partitionsOf(topic).map((_, partition) => {
        return { partition, offset: groups.get(group)?.committed.get(`${topic}\0${partition}`)?.offset };
      });
    },
    async groups(ids) {
      return ids.map((group) => {
        const count = groups.get(group)?.members.size ?? 0;
        const members = Array.from({ length: count }, (_, index) => `${group}-${index}`);
        return { group, state: count > 0 ? 'Stable' : groups.has(group) ? 'Empty' : 'Dead', members };
      });
    },
    async disconnect() {},
  };
}
