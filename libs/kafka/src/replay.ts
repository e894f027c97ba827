import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { headersAgain } from './replay-headers.js';

export interface ReplayMark {
  /** Where it goes. */
  readonly to: string;
  /** The act that sends it: with where it comes from this is what it is known by. */
  readonly act: string;
  /** One attempt, no retries. */
  readonly once?: boolean;
}

/** Stop 8, replay: a buried or past record goes again, as it was, as a first attempt. The original stays where it lies. */
export function replayRecord(record: IncomingRecord, mark: ReplayMark): OutgoingRecord {
  return { topic: mark.to, key: record.key, value: record.value, headers: headersAgain(record, mark) };
}
