import { createRequire } from 'node:module';
import { fastFetch, type FetchProtocol, type ReadingParts } from './patches/fetch-response.js';
import { type Connecting, connectOnce } from './patches/connect-once.js';
import { addGroupHooks, type HookedGroup } from './patches/group-hooks.js';
import { type ConnectionPool, joinApart, type NewConnection } from './patches/join-connection.js';
import { type CodecOf, fastProduce, type ProduceProtocol } from './patches/record-batch.js';
import { checkTimeoutsSeldom, type RequestQueue as TimedQueue } from './patches/timeout-check.js';

/** Repairs of kafkajs that can be left out, each for itself. All are on by default. */
export interface PatchSwitches {
  /** Off: kafkajs runs a 1 ms timer per connection for ever, and Node 24 prints TimeoutNegativeWarning. */
  readonly requestQueueTimer?: boolean;
  /** Off: kafkajs looks for requests whose time is up ten times a second for each connection, idle ones too. */
  readonly timeoutCheck?: boolean;
  /** Off: no group consumer and no reader can be made, since nothing hears of a join before its first fetch. */
  readonly joinHooks?: boolean;
  /** Off: with everything paused a consumer sleeps for `maxWaitMs`, which is then 100 by default, and hears no resume. */
  readonly wakeablePause?: boolean;
  /** Off: requests that find their connection closed open a socket each, of which one is known to kafkajs. */
  readonly connectOnce?: boolean;
  /** Off: commits and heartbeats wait behind a join until all members have come. */
  readonly joinConnection?: boolean;
  /** Off: kafkajs writes its record batches itself, at a third of the speed. */
  readonly recordBatch?: boolean;
  /** Off: kafkajs reads fetched records itself, slower and without looking at their checksums. */
  readonly fetchResponse?: boolean;
  /** Off: nobody can have an `instanceId`, which kafkajs itself sends to no broker. */
  readonly staticMembership?: boolean;
}

/** What the driver has to know of the patches that are in. */
export interface Patched {
  /** Our sender hears of each partition's answer. */
  readonly answers: boolean;
  readonly joinHooks: boolean;
  readonly recordBatch: boolean;
  readonly staticMembership: boolean;
}

/** All of them: the compiler misses none. */
const SWITCHES: Readonly<Record<keyof PatchSwitches, true>> = {
  requestQueueTimer: true,
  timeoutCheck: true,
  joinHooks: true,
  wakeablePause: true,
  connectOnce: true,
  joinConnection: true,
  recordBatch: true,
  fetchResponse: true,
  staticMembership: true,
};
export const PATCHES = Object.keys(SWITCHES);

/** The only version whose inside these patches know. */
export const PATCHED_VERSION = '2.2.4';

/** Loads a module of kafkajs by its path. */
export type Load = (path: string) => unknown;

const MARK = Symbol.for('sunbeon.kafka.patched');
const load: Load = createRequire(import.meta.url);

/**
 * Applies the patches, once per process however often it is called.
 * @param warn told when kafkajs is another version, which is then left alone.
 */
export function patchKafkajs(switches: PatchSwitches, warn: (message: string) => void, from: Load = load): Patched {
  const { version } = from('kafkajs/package.json') as { version: string };
  if (version !== PATCHED_VERSION) {
    warn(
      `kafkajs is ${version}; the repairs are made for ${PATCHED_VERSION} and were left out. Install kafkajs@${PATCHED_VERSION}.`,
    );
    return { answers: false, joinHooks: false, recordBatch: false, staticMembership: false };
  }
  if (switches.requestQueueTimer !== false) stopRequestQueueTimer(from);
  if (switches.timeoutCheck !== false) lookForTimeoutsSeldom(from);
  if (switches.joinHooks !== false) hookGroups(from, switches.wakeablePause !== false);
  if (switches.connectOnce !== false) connectTogether(from);
  if (switches.joinConnection !== false) joinOnItsOwnConnection(from);
  produceOurWay(from, switches.recordBatch !== false);
  if (switches.fetchResponse !== false) readFetchResponses(from);
  return {
    answers: true,
    joinHooks: switches.joinHooks !== false,
    recordBatch: switches.recordBatch !== false,
    // Put into the clusters of the consumers that have an instanceId, see patches/static-membership.ts.
    staticMembership: switches.staticMembership !== false,
  };
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests(): void;
}

/**
 * `throttledUntil` is -1 until a broker throttles, so the delay is a large negative number: the timer fires at once and sets
 * itself again, for ever (tulios/kafkajs#1751). With nothing pending there is nothing to check: `push` schedules what it adds.
 */
function stopRequestQueueTimer(from: Load): void {
  const { prototype } = from('kafkajs/src/network/requestQueue') as { prototype: RequestQueue };
  wrap(
    prototype,
    'scheduleCheckPendingRequests',
    (original) =>
      function (this: RequestQueue): void {
        if (this.pending.length > 0) original.call(this);
      },
  );
}

function lookForTimeoutsSeldom(from: Load): void {
  const { prototype } = from('kafkajs/src/network/requestQueue') as { prototype: TimedQueue };
  wrap(prototype, 'scheduleRequestTimeoutCheck', () => checkTimeoutsSeldom);
}

function hookGroups(from: Load, wakeablePause: boolean): void {
  const { prototype } = from('kafkajs/src/consumer/consumerGroup') as { prototype: HookedGroup };
  addGroupHooks(prototype, { wakeablePause, wrap: (name, replace) => wrap(prototype, name, replace) });
}

function connectTogether(from: Load): void {
  const { prototype } = from('kafkajs/src/network/connection') as { prototype: Connecting };
  wrap(prototype, 'connect', connectOnce);
}

function joinOnItsOwnConnection(from: Load): void {
  const { prototype } = from('kafkajs/src/network/connectionPool') as { prototype: ConnectionPool };
  const Connection = from('kafkajs/src/network/connection') as NewConnection;
  wrap(prototype, 'getConnectionByRequest', (original) => joinApart(original, Connection));
}

function produceOurWay(from: Load, recordBatch: boolean): void {
  const produce = from('kafkajs/src/protocol/requests/produce') as ProduceProtocol;
  const { lookupCodec } = from('kafkajs/src/protocol/message/compression') as { lookupCodec: CodecOf };
  wrap(produce, 'protocol', (original) => fastProduce(original, recordBatch ? lookupCodec : undefined));
}

function readFetchResponses(from: Load): void {
  const fetch = from('kafkajs/src/protocol/requests/fetch') as FetchProtocol;
  const { lookupCodecByAttributes } = from('kafkajs/src/protocol/message/compression') as {
    lookupCodecByAttributes: ReadingParts['codecOf'];
  };
  const parts: ReadingParts = {
    Decoder: from('kafkajs/src/protocol/decoder') as ReadingParts['Decoder'],
    messageSet: from('kafkajs/src/protocol/messageSet/decoder') as ReadingParts['messageSet'],
    codecOf: lookupCodecByAttributes,
  };
  wrap(fetch, 'protocol', (original) => fastFetch(original, parts));
}

/** Replaces a method unless it has been replaced before. */
function wrap<T, K extends keyof T>(prototype: T, name: K, replace: (original: T[K]) => T[K]): void {
  const original = prototype[name] as T[K] & { [MARK]?: true };
  if (original[MARK] === true) return;
  prototype[name] = Object.assign(replace(original) as object, { [MARK]: true }) as T[K];
}
