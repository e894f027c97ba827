import {
  type AttemptRecord,
  type Envelope,
  frozenEnvelope,
  NO_HISTORY,
  JSON_CONTENT_TYPE,
  AVRO_CONTENT_TYPE,
} from './envelope.js';

/**
 * Every header that Sunbeon writes or reads. `docs/reference/headers.md` lists them all; a house test holds the two together.
 * `ce_*` and `content-type`: CloudEvents 1.0.2, Kafka protocol binding, binary mode. `traceparent`, `tracestate`: W3C Trace Context.
 * `kafka_dlt-*`: the names (and the big-endian numbers) of Spring Kafka's dead-letter records, which other tools already read.
 */
export const HEADER = {
  specVersion: 'ce_specversion',
  id: 'ce_id',
  type: 'ce_type',
  source: 'ce_source',
  time: 'ce_time',
  subject: 'ce_subject',
  contentType: 'content-type',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
  attempt: 'sunbeon-attempt',
  notBefore: 'sunbeon-not-before',
  deadline: 'sunbeon-deadline',
  replyTo: 'sunbeon-reply-to',
  parentId: 'sunbeon-parent-id',
  replayOf: 'sunbeon-replay-of',
  replayFirst: 'sunbeon-replay-first',
  replays: 'sunbeon-replays',
  replayId: 'sunbeon-replay-id',
  editedBy: 'sunbeon-edited-by',
  maxAttempts: 'sunbeon-max-attempts',
  idempotencyKey: 'sunbeon-idempotency-key',
  firstSeen: 'sunbeon-first-seen',
  retryingSince: 'sunbeon-retrying-since',
  history: 'sunbeon-history',
  status: 'sunbeon-status',
  sentTime: 'sunbeon-sent-time',
  payloadHash: 'sunbeon-payload-hash',
  errorCode: 'sunbeon-error-code',
  fingerprint: 'sunbeon-fingerprint',
  leftBehind: 'sunbeon-left-behind',
  dltTopic: 'kafka_dlt-original-topic',
  dltPartition: 'kafka_dlt-original-partition',
  dltOffset: 'kafka_dlt-original-offset',
  dltTimestamp: 'kafka_dlt-original-timestamp',
  dltTimestampType: 'kafka_dlt-original-timestamp-type',
  dltGroup: 'kafka_dlt-original-consumer-group',
  dltErrorName: 'kafka_dlt-exception-fqcn',
  dltErrorMessage: 'kafka_dlt-exception-message',
  dltStack: 'kafka_dlt-exception-stacktrace',
} as const;

/** Headers as Kafka has them: a name may stand more than once. */
export type RecordHeaders = Readonly<Record<string, HeaderValue | readonly HeaderValue[] | undefined>>;
export type HeaderValue = Buffer | string;

/** ISO 8601 ends where `Date` does; a foreign record's timestamp may lie beyond. */
const MAX_DATE_MS = 8.64e15;

/** The last one is kept: many messages are sent in one millisecond, and this is a good part of writing their headers. */
const lastTime = { ms: NaN, text: '' };

function isoTime(timeMs: number): string {
  if (timeMs !== lastTime.ms) {
    lastTime.text = new Date(Math.min(Math.max(-MAX_DATE_MS, timeMs || 0), MAX_DATE_MS)).toISOString();
    lastTime.ms = timeMs;
  }
  return lastTime.text;
}

/** The first value of a header as text; undefined when it is absent. */
export function headerText(headers: RecordHeaders, name: string): string | undefined {
  return textOf(headers[name]);
}

function textOf(value: RecordHeaders[string]): string | undefined {
  if (value === undefined) return undefined;
  const first = Array.isArray(value) ? (value as readonly HeaderValue[])[0] : (value as HeaderValue);
  // Kafka allows a header without a value, which clients give as null.
  if (first === undefined || first === null || typeof first === 'string') return first ?? undefined;
  return first.toString();
}

/**
 * The envelope as record headers; what is undefined is left out. There is one call per message sent: no lists, no copies.
 * @param contentType of the value, where it is another than the envelope says
 */
export function toHeaders(envelope: Envelope, contentType = envelope.contentType): Record<string, string> {
  const headers: Record<string, string> = {
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: envelope.id,
    [HEADER.type]: envelope.type,
    [HEADER.source]: envelope.source,
    [HEADER.time]: isoTime(envelope.timeMs),
    [HEADER.contentType]: contentType,
    [HEADER.attempt]: String(envelope.attempt),
  };
  add(headers, HEADER.subject, envelope.key);
  add(headers, HEADER.maxAttempts, envelope.maxAttempts);
  add(headers, HEADER.notBefore, envelope.notBeforeMs);
  add(headers, HEADER.deadline, envelope.deadlineMs);
  add(headers, HEADER.replyTo, envelope.replyTo);
  add(headers, HEADER.parentId, envelope.parentId);
  add(headers, HEADER.replayOf, envelope.replayOf);
  add(headers, HEADER.idempotencyKey, envelope.idempotencyKey);
  add(headers, HEADER.traceparent, envelope.traceparent);
  add(headers, HEADER.tracestate, envelope.tracestate);
  add(headers, HEADER.firstSeen, envelope.firstSeenMs);
  add(headers, HEADER.retryingSince, envelope.retryingSinceMs);
  if (envelope.history.length > 0) headers[HEADER.history] = JSON.stringify(envelope.history);
  return headers;
}

function add(headers: Record<string, string>, name: string, value: string | number | undefined): void {
  if (value !== undefined) headers[name] = String(value);
}

/** What a record says where its headers are silent: an ordinary Kafka client need not know ours. */
export interface HeaderDefaults {
  /** Used when there is no `ce_id`: stable for one record, e.g. derived from its topic, partition and offset. */
  readonly id: string;
  /** Used when there is no `ce_type`: the only contract of the topic, if it has one. */
  readonly type: string | undefined;
  readonly timeMs: number;
  readonly key: string | undefined;
  readonly value: Buffer | null;
}

/**
 * Record headers as an envelope; undefined when no contract is named and none can be assumed. Malformed values (an attempt
 * that is no number, a history that is no JSON) count as absent: they must not bury a message that can still be run.
 */
export function fromHeaders(headers: RecordHeaders, defaults: HeaderDefaults): Envelope | undefined {
  const type = textOf(headers[HEADER.type]) ?? defaults.type;
  if (type === undefined) return undefined;
  return frozenEnvelope({
    id: textOf(headers[HEADER.id]) || defaults.id,
    type,
    source: textOf(headers[HEADER.source]) ?? 'unknown',
    timeMs: date(textOf(headers[HEADER.time])) ?? defaults.timeMs,
    key: defaults.key,
    contentType: contentType(textOf(headers[HEADER.contentType]), defaults.value),
    attempt: Math.max(1, whole(textOf(headers[HEADER.attempt])) ?? 1),
    maxAttempts: whole(textOf(headers[HEADER.maxAttempts])),
    notBeforeMs: whole(textOf(headers[HEADER.notBefore])),
    deadlineMs: whole(textOf(headers[HEADER.deadline])),
    replyTo: whole(textOf(headers[HEADER.replyTo])),
    parentId: textOf(headers[HEADER.parentId]),
    replayOf: textOf(headers[HEADER.replayOf]),
    idempotencyKey: textOf(headers[HEADER.idempotencyKey]),
    traceparent: textOf(headers[HEADER.traceparent]),
    tracestate: textOf(headers[HEADER.tracestate]),
    firstSeenMs: whole(textOf(headers[HEADER.firstSeen])),
    retryingSinceMs: whole(textOf(headers[HEADER.retryingSince])),
    history: history(textOf(headers[HEADER.history])),
  });
}

/** Without a content-type, the first byte tells: 0 is the magic byte of Confluent's wire format. */
function contentType(declared: string | undefined, value: Buffer | null): string {
  if (declared === AVRO_CONTENT_TYPE || declared === JSON_CONTENT_TYPE) return declared;
  if (declared) return /^application\/(.+\+)?json\b/i.test(declared) ? JSON_CONTENT_TYPE : declared;
  return value?.[0] === 0 ? AVRO_CONTENT_TYPE : JSON_CONTENT_TYPE;
}

function whole(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function date(text: string | undefined): number | undefined {
  const ms = text === undefined ? NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function history(text: string | undefined): readonly AttemptRecord[] {
  if (text === undefined) return NO_HISTORY;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) ? parsed.filter(isAttemptRecord) : [];
  } catch {
    return []; // somebody else's header: not a reason to bury the message
  }
}

function isAttemptRecord(value: unknown): value is AttemptRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { attempt, atMs, by, code, name, message } = value as Partial<Record<keyof AttemptRecord, unknown>>;
  const texts = [by, code, name, message];
  return Number.isInteger(attempt) && Number.isFinite(atMs) && texts.every((text) => typeof text === 'string');
}
