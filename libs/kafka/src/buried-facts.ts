import { fingerprint } from '@sunbeon/core/fingerprint';
import { fromHeaders, HEADER, headerText } from '@sunbeon/core/headers';
import { placeId } from '@sunbeon/core/ids';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { originOf } from './dead-letter.js';

/**
 * What the headers of a buried record say, each read only when it is asked for: a filter that looks at a million records must not
 * parse a million histories to compare a name.
 */
export type BuriedFacts = Pick<IncomingRecord, 'topic' | 'key' | 'value' | 'headers' | 'timestampMs'>;

/** The headers that the functions below read, where only they are wanted. */
export const FACT_HEADERS = {
  contract: [HEADER.type],
  error: [HEADER.errorCode, HEADER.dltErrorName, HEADER.dltErrorMessage],
  fingerprint: [HEADER.fingerprint, HEADER.type, HEADER.errorCode, HEADER.dltErrorName, HEADER.dltErrorMessage],
  id: [HEADER.id, HEADER.dltTopic, HEADER.dltPartition, HEADER.dltOffset, HEADER.dltTimestamp],
  attempts: [HEADER.attempt, HEADER.history],
} as const;

/** Why it was buried. */
export interface BurialError {
  /** A Sunbeon code; `UNKNOWN` where another system buried it. */
  readonly code: string;
  /** The error's class. */
  readonly name: string;
  readonly message: string;
}

export function contractOf({ headers }: BuriedFacts): string | null {
  return headerText(headers, HEADER.type) ?? null;
}

/** The id under which the consumer knew it, and the results know it: its own, or the one derived from where it came from. */
export function idOf({ headers }: BuriedFacts): string | null {
  const id = headerText(headers, HEADER.id);
  if (id) return id;
  const origin = originOf(headers);
  return origin === undefined ? null : placeId(origin);
}

/** The number of its last attempt, from 1. What waited in its lane was sent once: there only the history counts. */
export function attemptsOf(record: BuriedFacts): number {
  const { history, attempt } = envelopeOf(record);
  return history.at(-1)?.attempt ?? attempt;
}

export function errorOf({ headers }: BuriedFacts): BurialError {
  return {
    code: headerText(headers, HEADER.errorCode) ?? 'UNKNOWN',
    name: headerText(headers, HEADER.dltErrorName) ?? 'Error',
    message: headerText(headers, HEADER.dltErrorMessage) ?? '',
  };
}

/** A longer one is none of ours, and groups are kept in memory by it. */
const MAX_FINGERPRINT = 64;

/** The one it was buried with; of what another system has buried, made of the same parts. */
export function fingerprintOf(record: BuriedFacts): string {
  const known = headerText(record.headers, HEADER.fingerprint);
  if (known && known.length <= MAX_FINGERPRINT) return known;
  return fingerprint(contractOf(record) ?? record.topic.replace(/\.dlq$/, ''), errorOf(record));
}

/** All that travelled with it; never fails, for what is malformed counts as absent. */
export function envelopeOf({ headers, key, timestampMs: timeMs, value }: BuriedFacts) {
  return fromHeaders(headers, { id: '', type: '', timeMs, key: key?.toString(), value })!;
}
