import { kindsOf } from './kinds.js';
import { stackOf } from './stack.js';

/**
 * Every code a Sunbeon error can carry, with what it means and whether trying the same thing again can help.
 * `docs/reference/errors.md` lists them all; a house test holds the two together.
 */
export const ERROR_CODES = {
  ACT_TAKEN_OVER: { retriable: false, means: 'another process goes on with this act of an operator' },
  ACT_UNKNOWN: { retriable: false, means: 'no act of an operator has this id' },
  ADDRESS_REFUSED: { retriable: false, means: 'a webhook leads to an address that is not public' },
  BROKER_UNREACHABLE: { retriable: true, means: 'no Kafka broker answered' },
  BUFFER_FULL: { retriable: true, means: 'more is being sent than the brokers take' },
  CONTRACT_DUPLICATE: { retriable: false, means: 'two contracts have one name' },
  CONTRACT_INVALID: { retriable: false, means: 'a contract declaration is wrong' },
  CONTRACT_UNKNOWN: { retriable: false, means: 'no contract has this name' },
  DELIVERIES_EXCEEDED: { retriable: false, means: 'the processes that ran the message ended before it did, too often' },
  DELIVERY_TIMEOUT: { retriable: true, means: 'a send was not acknowledged in the time given' },
  DLQ_LINE_INVALID: { retriable: false, means: 'a line of an import is no buried record' },
  DLQ_RECORD_NOT_FOUND: { retriable: false, means: 'no buried record matches' },
  EXPIRED: { retriable: false, means: 'the message was not done before its deadline' },
  HANDLER_DUPLICATE: { retriable: false, means: 'two handlers claim one contract' },
  HANDLER_FAILED: { retriable: true, means: "the handler threw; the cause is the handler's own error" },
  HANDLER_MISSING: { retriable: false, means: 'a consumer claims a queue but has no handler for one of its contracts' },
  HANDLER_UNBOUND: { retriable: false, means: 'a handler is bound to something that is not a contract' },
  IDEMPOTENCY_CONFLICT: { retriable: false, means: 'an idempotency key was used again with another payload' },
  IGNORED: { retriable: false, means: 'the policy says that this error needs nobody' },
  INSTANCE_FENCED: { retriable: false, means: 'another process joined the group under the same instance id' },
  LANE_BURIED: { retriable: false, means: 'a message was buried with the one that stood before it in its lane' },
  LANE_FULL: { retriable: false, means: 'too many messages wait behind one that is to be tried again' },
  LISTENER_FAILED: { retriable: false, means: 'a listener of an event threw; the work went on' },
  NO_CLUSTER: { retriable: false, means: 'no Kafka cluster is named and none is running here' },
  NOT_RUNNING: { retriable: false, means: 'the component was used before its start or after its stop' },
  NOTIFY_FAILED: { retriable: true, means: 'a channel did not take a message for people' },
  OPTION_INVALID: { retriable: false, means: 'an option has a value it cannot have' },
  OPTION_UNKNOWN: { retriable: false, means: 'an option that nobody reads' },
  PAYLOAD_INVALID: { retriable: false, means: 'a payload does not fit its schema' },
  RECORD_INVALID: { retriable: false, means: 'a record has a part that Kafka cannot carry' },
  RECORD_LEFT_BEHIND: { retriable: false, means: 'a DLQ has only the place of a record that was too large for it' },
  RECORD_TOO_LARGE: { retriable: false, means: 'a record is larger than the configured limit' },
  RECORD_UNREADABLE: { retriable: false, means: 'a record cannot be turned into a message' },
  REGISTRY_UNAVAILABLE: { retriable: true, means: 'the schema registry did not answer' },
  RESULT_TIMEOUT: { retriable: true, means: 'the result did not arrive in the time given' },
  RESULT_UNKNOWN: { retriable: false, means: 'nothing is known of this task id' },
  SCHEMA_INCOMPATIBLE: { retriable: false, means: 'the registry refused a schema as incompatible' },
  SCHEMA_UNKNOWN: { retriable: false, means: 'a record names a schema id that the registry does not have' },
  SEND_FAILED: { retriable: true, means: 'the broker did not acknowledge a send' },
  TASK_BURIED: { retriable: false, means: 'the task failed for good and lies in its DLQ' },
  TASK_DROPPED: { retriable: false, means: 'the handler dropped the task' },
  THREAD_DIED: { retriable: true, means: 'the worker thread of a handler ended before the handler did' },
  TIME_LIMIT_EXCEEDED: { retriable: true, means: 'an attempt took longer than its time limit' },
  TOPIC_MISMATCH: { retriable: false, means: 'a topic exists with a shape that its contracts do not allow' },
  TOPIC_MISSING: { retriable: false, means: 'a topic that a contract needs does not exist' },
} as const;

/** A stable error code: one of the keys of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** What an error may carry besides its message. */
export interface ErrorDetails {
  /** How to mend it, one sentence in the imperative. */
  readonly hint?: string;
  /** Facts by name (topic, partition, field, …): for logs and problem documents. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one root of all errors that Sunbeon throws. `code` is stable across versions; `retriable` says whether the same call
 * may succeed later; `message` says what and where, and ends in the hint.
 */
export class SunbeonError extends Error {
  override readonly name = 'SunbeonError';
  readonly retriable: boolean;
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: ErrorCode,
    message: string,
    details: ErrorDetails = {},
  ) {
    super(
      details.hint === undefined ? message : `${message} ${details.hint}`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.retriable = ERROR_CODES[code].retriable;
    this.hint = details.hint;
    this.facts = details.facts ?? {};
  }
}

/** An error as plain data: what goes into headers, results and telemetry. */
export interface Failure {
  /** A Sunbeon code, or `HANDLER_FAILED` for what a handler threw. */
  readonly code: string;
  /** The error's class name, e.g. `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** With the stacks of its causes below it. */
  readonly stack?: string;
  /** Class names, `name` and `code` of the error and its causes: what a policy can name. */
  readonly kinds?: readonly string[];
  /** False: no retry can help (validation, unreadable record), so it is buried at once. */
  readonly retriable: boolean;
}

/** Whatever was thrown (an Error, a string, null) as a {@link Failure}. Never throws. */
export function toFailure(thrown: unknown): Failure {
  try {
    return failureOf(thrown);
  } catch {
    // Getters, proxies and toString can throw while they are looked at: still an outcome, never a crash.
    return { code: 'HANDLER_FAILED', name: typeof thrown, message: 'a value that cannot be printed', retriable: true };
  }
}

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof SunbeonError) {
    return { ...describe(thrown), code: thrown.code, retriable: thrown.retriable };
  }
  if (thrown instanceof Error) return { ...describe(thrown), code: 'HANDLER_FAILED', retriable: true };
  return { code: 'HANDLER_FAILED', name: typeof thrown, message: String(thrown), retriable: true };
}

/** A name is anything a program likes to make of it, and goes into headers that must fit. */
const MAX_NAME = 200;

function describe(error: Error): Pick<Failure, 'name' | 'message' | 'stack' | 'kinds'> {
  const named = error instanceof SunbeonError ? error.code : String(error.constructor?.name || error.name || 'Error');
  const name = named.slice(0, MAX_NAME);
  const message = String(error.message);
  const kinds = kindsOf(error);
  const stack = stackOf(error);
  return stack === undefined ? { name, message, kinds } : { name, message, stack, kinds };
}
