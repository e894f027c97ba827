import type { HoldPolicy } from '@sunbeon/core/hold';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { type BuriedNote, laneMark, noteRecord, recordMark } from './held-notes.js';
import type { Route } from './names.js';
import type { Judged } from './settle.js';

/** How a lane waits. */
export interface Holding {
  readonly lane: string;
  readonly policy: HoldPolicy;
}

/** Those behind it may have to go with it. */
export function laneNotes(judged: Judged, { held }: Route): OutgoingRecord[] {
  const { record, holding } = judged;
  const goes = condemnation(judged);
  const place = { topic: held, partition: record.partition };
  return goes === undefined ? [] : [noteRecord(place, laneMark(record, holding!.lane), goes)];
}

/** What was sent by the time that a record of a lane that waited is buried goes with it, if its policy says so. */
export function condemnation(
  judged: Pick<Judged, 'record' | 'verdict' | 'holding' | 'marks' | 'envelope' | 'nowMs' | 'readTo'>,
): BuriedNote | undefined {
  const { record, verdict, holding, marks = [], envelope, nowMs, readTo = record.offset } = judged;
  if (verdict.kind !== 'bury' || verdict.error.code === 'LANE_BURIED' || !marks.includes(recordMark(record)))
    return undefined;
  if (holding?.policy.then !== 'bury') return undefined;
  return { kind: 'buried', with: envelope?.id ?? '', untilMs: nowMs, read: [record.offset, readTo] };
}
