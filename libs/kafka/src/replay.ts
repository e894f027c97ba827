import { HEADER, type RecordHeaders } from '@sunbeon/core/headers';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import type { Buried, DeadLetterQueue } from './dlq.js';
import type { Produce } from './produce.js';

/** Headers that say why a record was buried, and by when it should have been run: the replayed one starts without them, its attempt history stays. */
const OF_THE_BURIAL: ReadonlySet<string> = new Set([
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
]);

/** Stop 8, replay: a buried record goes again, as it was, with a fresh set of attempts. The original stays where it lies. */
export async function replay(produce: Produce, queue: DeadLetterQueue, buried: readonly Buried[]): Promise<void> {
  await produce.send(buried.map(({ record }) => replayRecord(queue, record)));
}

export function replayRecord(queue: DeadLetterQueue, record: Buried['record']): OutgoingRecord {
  const kept = Object.entries(record.headers).filter(([name]) => !OF_THE_BURIAL.has(name));
  const headers: RecordHeaders = {
    ...Object.fromEntries(kept),
    [HEADER.attempt]: '1',
    [HEADER.replayOf]: `${record.topic}/${record.partition}/${record.offset}`,
  };
  return { topic: queue.again, key: record.key, value: record.value, headers };
}
