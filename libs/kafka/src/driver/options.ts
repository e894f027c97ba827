import type { ConnectionOptions } from 'node:tls';
import type { Events } from '@sunbeon/core/events';
import { checkOneOf, checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Clock } from '@sunbeon/core/ports';
import { type Compression, COMPRESSIONS } from '../codecs.js';
import { PATCHES, type PatchSwitches } from '../patches.js';

/** How to reach the cluster and how the clients behave. Times are in milliseconds. */
export interface KafkaRoadOptions {
  /** `host:port` of one broker or more; the rest of the cluster is found through them. */
  readonly brokers: readonly string[];
  /** Names this process in the broker's logs and quotas. */
  readonly clientId: string;
  readonly ssl?: boolean | ConnectionOptions;
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
  readonly connectionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** Of what is written; all four are readable whatever this says. Default: none. */
  readonly compression?: Compression;
  /**
   * How long a broker may hold an empty fetch; data ends it at once. It is also how long a stop and the first fetch of a new
   * partition may wait. A resume does not: while something is paused fetches are shorter. Default 500.
   */
  readonly maxWaitMs?: number;
  /** How often a member says that it lives, and so how soon it hears of a rebalance. Default 3,000. */
  readonly heartbeatMs?: number;
  /** After so much silence the broker gives a member's partitions to others. Default 30,000. */
  readonly sessionTimeoutMs?: number;
  /**
   * Makes the consumers static members of their groups (`group.instance.id`): unique for each process, the same after its restart,
   * such as the name of a StatefulSet's pod. A stop then leaves no group: the partitions wait for the next process with
   * this id, or after `sessionTimeoutMs` go to others. Default: none.
   */
  readonly instanceId?: string;
  /** A consumer that hears nothing of its broker for so long restarts its client and says so. Default 60,000. */
  readonly stallTimeoutMs?: number;
  /** Most bytes in one produce call, before compression; a record that is larger goes alone. Default 1,000,000. */
  readonly maxRequestBytes?: number;
  /** Of topics that are created; -1 leaves it to the broker's `default.replication.factor`. Default -1. */
  readonly replicationFactor?: number;
  /** Hears `client.failed`, `client.recovered` and `client.warned`. Default: its own, which a transport on this road uses too. */
  readonly events?: Events;
  readonly clock?: Clock;
  /** Which repairs of kafkajs to leave out; see patches.ts. */
  readonly patches?: PatchSwitches;
}

/** Whole numbers from 1; {@link KafkaRoadOptions} says of what. */
const COUNTS = ['connectionTimeoutMs', 'requestTimeoutMs', 'maxWaitMs', 'heartbeatMs', 'sessionTimeoutMs', 'stallTimeoutMs', 'maxRequestBytes'] as const; // prettier-ignore

/** All the others: the compiler misses none. */
const OTHERS: Readonly<Record<Exclude<keyof KafkaRoadOptions, (typeof COUNTS)[number]>, true>> = {
  brokers: true,
  clientId: true,
  ssl: true,
  sasl: true,
  compression: true,
  instanceId: true,
  replicationFactor: true,
  events: true,
  clock: true,
  patches: true,
};
const KNOWN = [...COUNTS, ...Object.keys(OTHERS)];

/** @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
export function checkRoadOptions(options: KafkaRoadOptions): void {
  refuseUnknownOptions(options, KNOWN, 'kafkaRoad');
  refuseUnknownOptions(options.patches ?? {}, PATCHES, 'kafkaRoad: patches');
  const { brokers, compression = 'none', replicationFactor = -1 } = options;
  if (brokers.length === 0)
    throw invalidOption('kafkaRoad: brokers', 'empty', 'Name one broker at least, as host:port.');
  for (const name of COUNTS) {
    checkWhole(`kafkaRoad: ${name}`, options[name] ?? 1, { least: 1 });
  }
  checkOneOf('kafkaRoad: compression', compression, COMPRESSIONS);
  if (!Number.isInteger(replicationFactor) || (replicationFactor < 1 && replicationFactor !== -1))
    throw invalidOption(
      'kafkaRoad: replicationFactor',
      replicationFactor,
      "Give a whole number of at least 1, or -1 for the broker's.",
    );
}
