import { HEADER, headerText } from '@sunbeon/core/headers';
import { AVRO_CONTENT_TYPE, JSON_CONTENT_TYPE, type Envelope } from '@sunbeon/core/envelope';
import type { IncomingRecord, OutgoingRecord, ResultStatus, TaskResult } from '@sunbeon/core/ports';
import type { Failure } from '@sunbeon/core';

/** What is said of a message on the results topic. */
export interface ResultFacts {
  readonly envelope: Envelope;
  /** `<contract>`, or `<event>@<group>`. */
  readonly label: string;
  readonly status: ResultStatus;
  readonly atMs: number;
  /** Of a succeeded task: the encoded output. */
  readonly output?: Buffer | null;
  readonly outputContentType?: string;
  readonly error?: Pick<Failure, 'code' | 'name' | 'message'>;
  readonly payloadHash?: string;
}

const STATUSES: readonly string[] = ['queued', 'retrying', 'succeeded', 'buried', 'dropped'] satisfies ResultStatus[];

/** The key under which a result is kept: the task's id; an event has one outcome per group. */
export function resultKey(id: string, label: string): string {
  const at = label.indexOf('@');
  return at < 0 ? id : id + label.slice(at);
}

/** A result as a record. Never a null value: on a compacted topic that would be a tombstone. */
export function toResultRecord(topic: string, facts: ResultFacts): OutgoingRecord {
  const { envelope, error, output } = facts;
  const bare = output === undefined || output === null;
  const headers: Record<string, string> = {
    [HEADER.specVersion]: '1.0',
    [HEADER.id]: envelope.id,
    [HEADER.type]: 'sunbeon.result',
    [HEADER.source]: envelope.source,
    [HEADER.subject]: facts.label,
    [HEADER.time]: new Date(facts.atMs).toISOString(),
    [HEADER.contentType]: bare ? JSON_CONTENT_TYPE : (facts.outputContentType ?? AVRO_CONTENT_TYPE),
    [HEADER.status]: facts.status,
    [HEADER.attempt]: String(envelope.attempt),
    [HEADER.sentTime]: String(envelope.timeMs),
  };
  if (envelope.idempotencyKey !== undefined) headers[HEADER.idempotencyKey] = envelope.idempotencyKey;
  if (facts.payloadHash !== undefined) headers[HEADER.payloadHash] = facts.payloadHash;
  return {
    topic,
    key: resultKey(envelope.id, facts.label),
    value: bare ? Buffer.from(JSON.stringify(error ?? null)) : output,
    headers,
    ...(envelope.replyTo === undefined ? {} : { partition: envelope.replyTo }),
  };
}

/**
 * A record of the results topic as a result; undefined when it is none. `decode` turns the output's bytes into a value.
 */
export async function fromResultRecord(
  record: IncomingRecord,
  decode: (value: Buffer) => Promise<unknown>,
): Promise<TaskResult | undefined> {
  const text = (name: string): string | undefined => headerText(record.headers, name);
  const [id, status, label] = [text(HEADER.id), text(HEADER.status), text(HEADER.subject)];
  if (id === undefined || label === undefined || status === undefined || !STATUSES.includes(status)) return undefined;
  const value = record.value === null ? null : await decode(record.value);
  const optional = {
    output: status === 'succeeded' ? value : undefined,
    error: status === 'succeeded' || value === null ? undefined : (value as TaskResult['error']),
    idempotencyKey: text(HEADER.idempotencyKey),
    payloadHash: text(HEADER.payloadHash),
  };
  return {
    id,
    contract: label,
    status: status as ResultStatus,
    attempt: Number(text(HEADER.attempt) ?? 1),
    sentMs: Number(text(HEADER.sentTime) ?? record.timestampMs),
    atMs: Date.parse(text(HEADER.time) ?? '') || record.timestampMs,
    ...(Object.fromEntries(Object.entries(optional).filter(([, one]) => one !== undefined)) as Partial<TaskResult>),
  };
}
