import { type ErrorCode, type ErrorDetails, type Failure, SunbeonError, toFailure } from '@sunbeon/core/errors';

/** What is known of an error of kafkajs after looking through its wrappers. */
interface Root {
  readonly name: string;
  /** Kafka's own name of a protocol error, e.g. `MESSAGE_TOO_LARGE`. */
  readonly type: string;
  readonly message: string;
}

/** What was being done, for the message and the facts. */
export interface Doing {
  /** e.g. `Sending 3 records to "orders"`. */
  readonly what: string;
  /** The code when nothing more special fits. */
  readonly otherwise: ErrorCode;
  readonly facts?: Readonly<Record<string, unknown>>;
}

const UNREACHABLE = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSNoBrokerAvailableError',
  'KafkaJSBrokerNotFound',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
  'KafkaJSMetadataNotLoaded',
  'KafkaJSGroupCoordinatorNotFound',
  'KafkaJSSASLAuthenticationError',
]);
const MISSING = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION', 'UNKNOWN_TOPIC_ID']);
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']);

/** Names and types of the errors that mean: this producer's numbering is lost, a new producer id is needed. */
export const SEQUENCE_LOST = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'DUPLICATE_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
  'INVALID_PRODUCER_ID_MAPPING',
  'PRODUCER_FENCED',
]);

/** Protocol errors of a cluster that is starting or moving a coordinator, and what kafkajs makes of them when it gives up asking. */
const PASSING = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'LEADER_NOT_AVAILABLE',
  'REBALANCE_IN_PROGRESS',
  'KafkaJSGroupCoordinatorNotFound',
]);

/** Whether the same call will succeed by itself soon. */
export function isPassing(thrown: unknown): boolean {
  const { name, type } = rootOf(thrown);
  return PASSING.has(type) || PASSING.has(name);
}

/** Whether the broker knows a later member under our instance id: to join again would end that one. */
export function isFenced(thrown: unknown): boolean {
  return rootOf(thrown).type === 'FENCED_INSTANCE_ID';
}

/** kafkajs wraps: "number of retries exceeded" around "non retriable" around the protocol error, or many in one. */
export function rootOf(thrown: unknown): Root {
  let error = thrown as Record<string, unknown> | undefined;
  for (let depth = 0; depth < 10 && error !== undefined; depth++) {
    const inner = (Array.isArray(error['errors']) ? error['errors'][0] : undefined) ?? error['cause'];
    if (typeof error['type'] === 'string' || inner === undefined || inner === error) break;
    error = inner as Record<string, unknown>;
  }
  return {
    name: String(error?.['name'] ?? typeof thrown),
    type: typeof error?.['type'] === 'string' ? error['type'] : '',
    message: String(error?.['message'] ?? thrown),
  };
}

/** Whatever kafkajs threw as a SunbeonError; one that is already ours is handed back. */
export function mapped(thrown: unknown, doing: Doing): SunbeonError {
  if (thrown instanceof SunbeonError) return thrown;
  const root = rootOf(thrown);
  const details: ErrorDetails = { facts: { ...doing.facts, kafka: root.type || root.name }, cause: thrown };
  if (MISSING.has(root.type)) return topicMissing(doing.what, details);
  if (isFenced(thrown)) {
    const hint = 'Give each process an instanceId of its own, which only its restart has again.';
    return new SunbeonError('INSTANCE_FENCED', `${doing.what}: a later process has the same instanceId.`, {
      ...details,
      hint,
    });
  }
  if (TOO_LARGE.has(root.type)) {
    const hint = "Send less, or raise the topic's max.message.bytes.";
    return new SunbeonError('RECORD_TOO_LARGE', `${doing.what}: the broker refused it as too large.`, {
      ...details,
      hint,
    });
  }
  if (UNREACHABLE.has(root.name)) {
    const hint = 'Check the broker addresses, the network and the credentials.';
    return new SunbeonError('BROKER_UNREACHABLE', `${doing.what}: ${ended(root.message)}`, { ...details, hint });
  }
  return new SunbeonError(doing.otherwise, `${doing.what}: ${ended(root.message)}`, details);
}

export function topicMissing(what: string, details: ErrorDetails): SunbeonError {
  const hint = 'Create it with `sunbeon topology apply`; topics are never made by a typo.';
  return new SunbeonError('TOPIC_MISSING', `${what}: no such topic.`, { ...details, hint });
}

/** For events: the error as plain data, by what it is called in Sunbeon. */
export function failureOf(thrown: unknown, what: string): Failure {
  return toFailure(mapped(thrown, { what, otherwise: 'BROKER_UNREACHABLE' }));
}

function ended(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}
