import type { Contract } from './contract.js';
import type { Envelope } from './envelope.js';
import type { RecordHeaders } from './headers.js';
import type { Policy } from './policy.js';
import type { QueuePause } from './breaker.js';
import type { Events } from './events.js';
import type { TaskContext } from './context.js';
import type { Results } from './results.js';

export type { Results, ResultStatus, TaskResult } from './results.js';

/** One contract for start and stop: both are idempotent; stop drains, then returns, and is safe when never started. */
export interface Lifecycle {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Time, injected so that tests need not wait. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `fn` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, fn: () => void): () => void;
}

/* ---- The road: what the rooms need from a Kafka client, in Kafka's own words. ---- */

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/**
 * A record as it was read. Offsets are numbers: safe up to 2^53, which no partition reaches. Name what you take of it: a reader may have made
 * `headers` a getter, which a spread leaves out.
 */
export interface IncomingRecord extends TopicPartition {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** A record to write. Without `partition` the key chooses it (murmur2, as Java clients do); without key, the client does. */
export interface OutgoingRecord {
  readonly topic: string;
  readonly partition?: number;
  readonly key: Buffer | string | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

export interface RoadProducer {
  /** Resolves when all in-sync replicas have every record. Order per partition is the order given. */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  disconnect(): Promise<void>;
}

/** What a group's last member left behind for a partition. */
export interface Committed {
  /** The next offset to read. */
  readonly offset: number;
  /** What was given to {@link RoadConsumer.commit}; `''` = nothing. */
  readonly metadata: string;
}

/** A partition as a member gets it; without a commit it is read from its first record. */
export interface AssignedPartition extends TopicPartition {
  readonly committed: Committed | undefined;
}

/**
 * What a member does with what comes. The callbacks hand over and return. A partition that stays through a rebalance is not
 * mentioned: its records go on where they were (as in KIP-429, incremental cooperative rebalancing).
 */
export interface RoadReceiver {
  /** Ours from now on, besides those we have. Called at every change of the group, also with none. */
  onAssigned(partitions: readonly AssignedPartition[]): void;
  /**
   * Shall go to another member; nothing more of them is handed over. They are ours, and may be committed, until the promise
   * resolves; the others of the group go on meanwhile.
   */
  onRevoked(partitions: readonly TopicPartition[]): Promise<void>;
  /** Not ours any more, perhaps another member's already (we were silent for too long): nothing of them may be committed. */
  onLost(partitions: readonly TopicPartition[]): void;
  onRecords(records: readonly IncomingRecord[]): void;
}

/** A member of a consumer group. */
export interface RoadConsumer {
  run(receiver: RoadReceiver): Promise<void>;
  pause(partitions: readonly TopicPartition[]): void;
  resume(partitions: readonly TopicPartition[]): void;
  /** Offsets are the next to read (Kafka's convention). Fails when the partition is no longer ours. */
  commit(offsets: readonly (TopicPartition & { readonly offset: number; readonly metadata?: string })[]): Promise<void>;
  /** When the client last heard of its broker (a fetch or a heartbeat), in milliseconds since the epoch; undefined = never. */
  lastPollMs(): number | undefined;
  /** Whether it is a member of its group now. */
  isMember(): boolean;
  /**
   * False when the broker has not said for a whole session that we are a member: after a process stood still, or while the broker
   * is away. What we hold may be another member's already, so nothing of it shall begin.
   */
  isConfirmed(): boolean;
  disconnect(): Promise<void>;
}

export interface ReaderOptions {
  readonly topic: string;
  /** A position per partition. Partitions that are not named are not read. */
  readonly from: ReadonlyMap<number, number>;
  /** Records come with these headers alone: who looks at millions of records need not read all of each. Default all. */
  readonly headers?: readonly string[] | undefined;
}

/** A reader of chosen partitions, outside all groups; it commits nothing. */
export interface RoadReader {
  /**
   * Resolves when reading has begun at the positions given.
   * @param onRecords a promise that it returns holds all further records back until it resolves, however long that takes; no record is
   * handed over twice. What it throws is not caught here.
   */
  run(onRecords: (records: readonly IncomingRecord[]) => void | Promise<void>): Promise<void>;
  /** When a broker last answered a fetch, in milliseconds since the epoch; undefined = never. */
  lastPollMs(): number | undefined;
  disconnect(): Promise<void>;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** First offset that still exists. */
  readonly low: number;
  /** Offset of the next record to be written. */
  readonly high: number;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly config?: Readonly<Record<string, string>>;
}

export interface RoadAdmin {
  /** Name → number of partitions. */
  listTopics(): Promise<ReadonlyMap<string, number>>;
  /** Creates what does not exist. @returns the names created. */
  createTopics(specs: readonly TopicSpec[]): Promise<string[]>;
  offsets(topic: string): Promise<PartitionOffsets[]>;
  /** Per partition, the first offset at or after a moment; `high` when there is none. */
  offsetsAt(topic: string, timestampMs: number): Promise<{ partition: number; offset: number }[]>;
  /** Per partition, the committed offset of a group; undefined = none. */
  committed(group: string, topic: string): Promise<{ partition: number; offset: number | undefined }[]>;
  /** Groups by id, with their state and members. */
  groups(ids: readonly string[]): Promise<{ group: string; state: string; members: string[] }[]>;
  disconnect(): Promise<void>;
}

export interface ProducerOptions {
  /** So long after a send was asked for the last try of it begins, in milliseconds. Default: as long as one may help. */
  readonly tryingMs?: number;
}

/** A Kafka client: kafkajs in `kafka/driver.ts`, an imitation in `testing/memory-road.ts`. */
export interface Road {
  /** Where its clients say that they failed, recovered or have to warn. */
  readonly events?: Events;
  producer(options?: ProducerOptions): Promise<RoadProducer>;
  consumer(options: { readonly group: string; readonly topics: readonly string[] }): Promise<RoadConsumer>;
  reader(options: ReaderOptions): Promise<RoadReader>;
  /** The same one for all who ask; after its disconnect the next call connects it anew. */
  admin(): Promise<RoadAdmin>;
}

/* ---- Bytes. ---- */

export interface Codec {
  /** The `content-type` of what {@link encode} writes. */
  readonly contentType: string;
  /** Makes the schema known before the first message needs it. Same errors as {@link encode}. */
  register(subject: SchemaSubject): Promise<void>;
  /** A parsed JSON payload as a value of the schema, defaults filled in, without the registry. @throws SunbeonError `PAYLOAD_INVALID` */
  fromJson(subject: SchemaSubject, json: unknown): unknown;
  /** A value as its readers will have it, defaults filled in, without the registry. @throws SunbeonError `PAYLOAD_INVALID` */
  asRead(subject: SchemaSubject, value: unknown): unknown;
  /** Registers the schema if need be. @throws SunbeonError `PAYLOAD_INVALID` naming the field, `SCHEMA_INCOMPATIBLE`, `REGISTRY_UNAVAILABLE` */
  encode(subject: SchemaSubject, value: unknown): Promise<Buffer>;
  /** The writer's value read with the contract's schema. @throws SunbeonError `RECORD_UNREADABLE`, `SCHEMA_UNKNOWN`, `PAYLOAD_INVALID`, `REGISTRY_UNAVAILABLE` */
  decode(subject: SchemaSubject, value: Buffer, contentType: string): Promise<unknown>;
  /** Any framed or JSON value without knowing its contract: for results, CLI and console. Same errors. */
  decodeAny(value: Buffer): Promise<unknown>;
}

/** A schema and the name it is registered under. */
export interface SchemaSubject {
  readonly subject: string;
  readonly schema: Contract['input'];
}

/* ---- The transport: what nest needs from the rooms below it. Built by `kafka/transport.ts`. ---- */

export interface Message {
  readonly contract: Contract;
  readonly payload: unknown;
  readonly envelope: Envelope;
}

/** A handler as the runtime sees it. */
export interface Binding {
  readonly contract: Contract;
  /** For events: the subscribing group. Undefined for tasks. */
  readonly group: string | undefined;
  /** The contract's policy with what the handler says otherwise. */
  readonly policy: Policy;
  /** `Class.method`, for messages to people. */
  readonly where: string;
  /**
   * @param over for whoever runs the handler elsewhere
   */
  handle(payload: unknown, context: TaskContext, over: Over): Promise<unknown>;
}

/** The hard end of an attempt. */
export interface Over {
  /** Aborts when the attempt is given up, at the hard time limit. It is dear, and hardly anybody asks: so it is made when asked for. */
  readonly signal: AbortSignal;
  /** The time limits count from so many milliseconds from now: what a handler has to wait for is none of its time. Deadlines stay. */
  begins?(inMs: number): void;
}

export interface ConsumerHealth {
  readonly group: string;
  readonly topics: readonly string[];
  readonly assigned: number;
  /** In the group now: false while it joins for the first time, or anew after its client died. */
  readonly isMember: boolean;
  readonly waiting: number;
  readonly running: number;
  /** Of the running ones, handlers that did not end at their hard time limit. */
  readonly overdue: number;
  /** How many may run at once; undefined = the transport does not say. */
  readonly slots?: number;
  /** Age of the last successful poll in milliseconds; undefined = none yet. */
  readonly pollAgeMs: number | undefined;
  /** Nothing of it begins, for this reason. It is as healthy as any. */
  readonly paused?: QueuePause;
}

/** How many handlers run at once. What is not named stays as it is. */
export interface ConcurrencyLimits {
  /** In all consumers of this transport together. */
  readonly total?: number;
  /** By queue; for events by `<topic>.<group>`. Without the deployment's prefix. */
  readonly queues?: Readonly<Record<string, number>>;
  /** By contract name. */
  readonly contracts?: Readonly<Record<string, number>>;
}

export interface Transport extends Lifecycle {
  /** What the transport says about itself, for log, metrics and traces. */
  readonly events: Events;
  readonly codec: Codec;
  /** Encodes, routes and writes; resolves when all in-sync replicas have all of them. @throws see {@link Codec.encode}, `SEND_FAILED`, `TOPIC_MISSING` */
  send(messages: readonly Message[]): Promise<void>;
  /** Notes that tasks were accepted, so that any process can tell "queued" from "unknown". */
  noteQueued(messages: readonly Message[], payloadHash?: string): Promise<void>;
  readonly results: Results;
  /** Begins to consume for these handlers. Call once, after start. */
  consume(bindings: readonly Binding[]): Promise<void>;
  /** Ends consuming: nothing new starts, what runs is settled and committed. Sending goes on until stop. Idempotent. */
  drain(): Promise<void>;
  health(): readonly ConsumerHealth[];
  /** Counts from now on; what runs ends as it does. @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN` */
  setConcurrency(limits: ConcurrencyLimits): void;
}
