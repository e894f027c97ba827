import { type Failure, SunbeonError, toFailure } from '@sunbeon/core';
import { HEADER, headerText, type HeaderValue } from '@sunbeon/core/headers';
import type { AttemptRecord } from '@sunbeon/core/envelope';
import type { Codec } from '@sunbeon/core/ports';
import { envelopeOf, errorOf } from './buried-facts.js';
import { originOf } from './dead-letter.js';
import { type Buried, type BuriedRow, isoTime } from './dlq.js';

/** All that is known of one buried record. */
export interface BuriedDocument extends BuriedRow {
  readonly error: BuriedRow['error'] & { readonly name: string };
  /** Decoded without its contract; absent when it cannot be, and then `payloadError` says why. */
  readonly payload?: unknown;
  readonly payloadError?: Pick<Failure, 'code' | 'message'>;
  readonly valueBase64: string | null;
  readonly keyBase64: string | null;
  /** Text where a value is text, a number where it is one of the `kafka_dlt-` numbers, else `{ base64 }`; a list where a name stands more than once. */
  readonly headers: Readonly<Record<string, unknown>>;
  /** The failed attempts that are kept, oldest first, with when each ended as ISO 8601. */
  readonly history: readonly (AttemptRecord & { readonly at: string })[];
  /** Where it was read before it was buried, and by which group; null where the headers do not say. */
  readonly origin: {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly timestamp: string;
    readonly group: string | null;
  } | null;
  /** Of the last error. */
  readonly stack: string | null;
}

/** Whatever it is made of, it is shown: nothing in a record makes this fail. */
export async function describeBuried({ row, record }: Buried, codec: Codec): Promise<BuriedDocument> {
  const { key, value, headers } = record;
  const names = Object.keys(headers);
  return {
    ...row,
    error: { ...row.error, name: errorOf(record).name },
    ...(await payloadOf(value, codec)),
    valueBase64: value?.toString('base64') ?? null,
    keyBase64: key?.toString('base64') ?? null,
    headers: Object.fromEntries(names.map((name) => [name, shownHeader(name, headers[name])])),
    history: envelopeOf(record).history.map((attempt) => ({ ...attempt, at: isoTime(attempt.atMs) })),
    origin: shownOrigin(record),
    stack: headerText(headers, HEADER.dltStack) ?? null,
  };
}

async function payloadOf(
  value: Buffer | null,
  codec: Codec,
): Promise<Pick<BuriedDocument, 'payload' | 'payloadError'>> {
  if (value === null) return { payload: null };
  try {
    return { payload: await codec.decodeAny(value) };
  } catch (error) {
    const { code, message } = reasonOf(error);
    return { payloadError: { code, message } };
  }
}

/** A codec's own `TypeError` too says that these bytes are no value. */
function reasonOf(error: unknown): Pick<Failure, 'code' | 'message'> {
  const failure = toFailure(error);
  return error instanceof SunbeonError ? failure : { ...failure, code: 'RECORD_UNREADABLE' };
}

function shownOrigin({ headers }: Buried['record']): BuriedDocument['origin'] {
  const origin = originOf(headers);
  if (origin === undefined) return null;
  const { topic, partition, offset, timestampMs } = origin;
  return {
    topic,
    partition,
    offset,
    timestamp: isoTime(timestampMs),
    group: headerText(headers, HEADER.dltGroup) ?? null,
  };
}

const NUMBERS: ReadonlySet<string> = new Set([HEADER.dltPartition, HEADER.dltOffset, HEADER.dltTimestamp]);

/** Big-endian numbers of the dead-letter headers as numbers, text as text, other bytes as base64. */
function shownHeader(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => shownHeader(name, one));
  if (!Buffer.isBuffer(value)) return (value as HeaderValue | null | undefined) ?? null;
  if (NUMBERS.has(name) && value.length === 4) return value.readInt32BE();
  if (NUMBERS.has(name) && value.length === 8) return Number(value.readBigInt64BE());
  const text = value.toString();
  return Buffer.from(text).equals(value) ? text : { base64: value.toString('base64') };
}
