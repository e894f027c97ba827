/** One attempt that failed, as it is kept in the message: who tried when, and what went wrong. */
export interface AttemptRecord {
  readonly attempt: number;
  /** When the attempt ended, in milliseconds since the epoch. */
  readonly atMs: number;
  /** The consumer process that ran it. */
  readonly by: string;
  readonly code: string;
  readonly name: string;
  readonly message: string;
}

/** All that travels with a payload. A value: it is frozen, and a change is a copy ({@link withChanges}). */
export interface Envelope {
  /** Task or event id: a UUIDv7 or a derived UUIDv8. The same id sent twice is the same message. */
  readonly id: string;
  /** The contract's name. */
  readonly type: string;
  /** Who said it: the name of the sending application, a URI-reference (CloudEvents 1.0.2, `source`). */
  readonly source: string;
  /** When it was said, in milliseconds since the epoch. Stays the same across retries and replays. */
  readonly timeMs: number;
  /** The ordering key, undefined = no order. */
  readonly key: string | undefined;
  /** `application/vnd.confluent.avro` (framed) or `application/json`. */
  readonly contentType: string;
  /** The number of the attempt that this copy is for, from 1. */
  readonly attempt: number;
  /** So many attempts at most, whatever the policy says: of a replay that is to be tried once. */
  readonly maxAttempts: number | undefined;
  /** Not to be run before this moment, in milliseconds since the epoch. */
  readonly notBeforeMs: number | undefined;
  /** Not to be run after this moment, in milliseconds since the epoch. */
  readonly deadlineMs: number | undefined;
  /** The partition of the results topic on which the requester listens. */
  readonly replyTo: number | undefined;
  /** The id of the message whose handler sent this one. */
  readonly parentId: string | undefined;
  /** `<topic>/<partition>/<offset>` of the buried record that a person sent again. */
  readonly replayOf: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** W3C Trace Context, carried unchanged. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  /** When a consumer first ran it, in milliseconds since the epoch: of what has failed. Stays through retries and replays. */
  readonly firstSeenMs: number | undefined;
  /** When the first of its present attempts ended, in milliseconds since the epoch; a replay begins anew. */
  readonly retryingSinceMs: number | undefined;
  /** The failed attempts so far, oldest first. */
  readonly history: readonly AttemptRecord[];
}

export const AVRO_CONTENT_TYPE = 'application/vnd.confluent.avro';
export const JSON_CONTENT_TYPE = 'application/json';

/** Of a message that has not failed yet. */
export const NO_HISTORY: readonly AttemptRecord[] = Object.freeze([]);

const BLANK = {
  key: undefined,
  contentType: AVRO_CONTENT_TYPE,
  attempt: 1,
  maxAttempts: undefined,
  notBeforeMs: undefined,
  deadlineMs: undefined,
  replyTo: undefined,
  parentId: undefined,
  replayOf: undefined,
  idempotencyKey: undefined,
  traceparent: undefined,
  tracestate: undefined,
  firstSeenMs: undefined,
  retryingSinceMs: undefined,
  history: NO_HISTORY,
} as const;

/** All fields are given: there is one for each record that is read. */
export function frozenEnvelope(envelope: Envelope): Envelope {
  return Object.freeze(envelope);
}

/** A first envelope: attempt 1, no history. */
export function createEnvelope(
  fields: Pick<Envelope, 'id' | 'type' | 'source' | 'timeMs'> & Partial<Envelope>,
): Envelope {
  return Object.freeze({ ...BLANK, ...fields });
}

export function withChanges(envelope: Envelope, changes: Partial<Envelope>): Envelope {
  return Object.freeze({ ...envelope, ...changes });
}
