import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { SunbeonError } from '@sunbeon/core';
import { addressOf } from './address.js';
import { originOf } from './dead-letter.js';
import { headersAgain } from './replay-headers.js';

export interface ReplayMark {
  /** Where it goes. */
  readonly to: string;
  /** The act that sends it: with where it comes from this is what it is known by. */
  readonly act: string;
  /** One attempt, no retries. */
  readonly once?: boolean;
}

/** What was too large for its DLQ is not in it. @throws SunbeonError `RECORD_LEFT_BEHIND` is what it becomes */
function leftBehind(record: IncomingRecord): SunbeonError {
  const { topic, partition, offset } = originOf(record.headers) ?? record;
  return new SunbeonError('RECORD_LEFT_BEHIND', `${addressOf(record)} says only where the record lies: it was too large for its DLQ.`, {
    hint: `Send it from there: sunbeon rerun ${topic} --partition ${partition} --from-offset ${offset} --to-offset ${offset + 1}.`,
    facts: { topic, partition, offset },
  }); // prettier-ignore
}

/** Stop 8, replay: a buried or past record goes again, as it was, as a first attempt. The original stays where it lies. */
export function replayRecord(record: IncomingRecord, mark: ReplayMark): OutgoingRecord {
  if (headerText(record.headers, HEADER.leftBehind) !== undefined) throw leftBehind(record);
  return { topic: mark.to, key: record.key, value: record.value, headers: headersAgain(record, mark) };
}
