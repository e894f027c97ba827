import type { Cluster, Consumer, EachBatchPayload } from 'kafkajs';
import type { DriverContext } from './client.js';
import type { HookedAssigner } from './assigner.js';
import { rootOf } from './errors.js';
import type { Life } from './supervisor.js';

export interface MemberOptions {
  readonly group: string;
  readonly topics: readonly string[];
  readonly assigner: (cluster: Cluster) => HookedAssigner;
  /** The next batch comes when what it returns is resolved. */
  readonly onBatch: (payload: EachBatchPayload) => void | Promise<void>;
  /** A response to a fetch or heartbeat has come. */
  readonly onHeard: () => void;
  /** A broker has answered a fetch. */
  readonly onFetched?: () => void;
  /** The broker has confirmed the membership, in answer to what was asked `tookMs` ago: the process may have stood still since. */
  readonly onHeartbeat?: (tookMs: number) => void;
  /** The member has died by itself. */
  readonly onCrash: (error: unknown) => void;
}

/** How long a rebalance waits for a member that is silent; a session that lasts longer would let it miss a generation. */
const REBALANCE_TIMEOUT_MS = 60_000;

/**
 * One kafkajs consumer from connect to end. Resolves when it has joined its group.
 * @throws whatever kept it from joining, as kafkajs says it
 */
export async function startMember(context: DriverContext, options: MemberOptions): Promise<Life> {
  const consumer = createConsumer(context, options);
  let joined = false;
  let heartbeatMs = 0;
  let crash: { readonly error: unknown } | undefined;
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    crash = { error: payload.error };
    if (joined) options.onCrash(payload.error);
  });
  consumer.on(consumer.events.REQUEST, ({ payload }) => {
    if (payload.apiName === 'Fetch' || payload.apiName === 'Heartbeat') options.onHeard();
    if (payload.apiName === 'Fetch') options.onFetched?.();
    if (payload.apiName === 'Heartbeat') heartbeatMs = payload.duration;
  });
  consumer.on(consumer.events.HEARTBEAT, () => options.onHeartbeat?.(heartbeatMs));
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...options.topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      // What a callback throws is not caught here: kafkajs tries the batch again, then dies, and the supervisor tells.
      eachBatch: (payload) => new Promise((resolve) => resolve(options.onBatch(payload))),
    });
    // kafkajs swallows what keeps the first join from succeeding: `run` resolves, and only the CRASH event tells.
    if (crash !== undefined) throw (crash as { error: unknown }).error;
  } catch (error) {
    await leave(context, consumer);
    throw error;
  }
  joined = true;
  return { stop: () => leave(context, consumer) };
}

function createConsumer(context: DriverContext, options: MemberOptions): Consumer {
  return context.consumer({
    groupId: options.group,
    partitionAssigners: [({ cluster }) => options.assigner(cluster)],
    sessionTimeout: context.sessionTimeoutMs,
    rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, 2 * context.sessionTimeoutMs),
    heartbeatInterval: context.heartbeatMs,
    maxWaitTimeInMs: context.maxWaitMs,
    allowAutoTopicCreation: false,
    // Restarts are the supervisor's: kafkajs would begin again with the same half-broken connections.
    retry: { retries: 5, initialRetryTime: 100, maxRetryTime: 2_000, restartOnFailure: () => Promise.resolve(false) },
  });
}

async function leave(context: DriverContext, consumer: Consumer): Promise<void> {
  await consumer.disconnect().catch((error: unknown) => {
    context.warn(`A consumer did not leave cleanly: ${rootOf(error).message}`);
  });
}
