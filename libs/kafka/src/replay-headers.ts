import { HEADER, headerText, type RecordHeaders } from '@sunbeon/core/headers';
import type { IncomingRecord } from '@sunbeon/core/ports';
import { addressOf } from './address.js';
import type { ReplayMark } from './replay.js';

/**
 * Headers that say why a record was buried, by when it should have been run, and how its last replay was meant: the one that is sent
 * again starts without them. Its attempt history stays.
 */
const TAKEN_OFF: ReadonlySet<string> = new Set([
  HEADER.dltTopic,
  HEADER.dltPartition,
  HEADER.dltOffset,
  HEADER.dltTimestamp,
  HEADER.dltTimestampType,
  HEADER.dltGroup,
  HEADER.dltErrorName,
  HEADER.dltErrorMessage,
  HEADER.dltStack,
  HEADER.errorCode,
  HEADER.fingerprint,
  HEADER.leftBehind,
  HEADER.notBefore,
  HEADER.retryingSince, // its attempts begin anew, and so does their time
  HEADER.deadline, // whoever replays it wants it run
  HEADER.maxAttempts,
]);

/** Those of a record that goes again: its own, and its lineage. */
export function headersAgain(record: IncomingRecord, { act, once = false }: ReplayMark): RecordHeaders {
  const kept = Object.entries(record.headers).filter(([name]) => !TAKEN_OFF.has(name));
  const from = addressOf(record);
  return {
    ...Object.fromEntries(kept),
    [HEADER.attempt]: '1',
    [HEADER.replayOf]: from,
    [HEADER.replayFirst]: firstOf(record) ?? from,
    [HEADER.replays]: String(replaysOf(record) + 1),
    [HEADER.replayId]: act,
    ...(once ? { [HEADER.maxAttempts]: '1' } : {}),
  };
}

/** The first record of its chain: one that was replayed before this name was there knows only the last. */
function firstOf({ headers }: IncomingRecord): string | undefined {
  return headerText(headers, HEADER.replayFirst) ?? headerText(headers, HEADER.replayOf);
}

function replaysOf({ headers }: IncomingRecord): number {
  const text = headerText(headers, HEADER.replays);
  if (text !== undefined && /^\d{1,9}$/.test(text)) return Number(text);
  return headerText(headers, HEADER.replayOf) === undefined ? 0 : 1;
}
