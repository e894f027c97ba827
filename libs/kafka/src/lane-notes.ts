import type { HoldPolicy } from '@sunbeon/core/hold';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { type BuriedNote, laneMark, noteRecord } from './held-notes.js';
import type { Route } from './names.js';
import type { Judged } from './settle.js';

/** How a lane waits. */
export interface Holding {
  readonly lane: string;
  readonly policy: HoldPolicy;
}

/** Once it is settled, what was noted of it is over; those behind it may have to go with it. */
export function laneNotes(judged: Judged, { held }: Route): OutgoingRecord[] {
  const { record, verdict, holding, marks = [] } = judged;
  if (verdict.kind === 'retry') return [];
  const place = { topic: held, partition: record.partition };
  const over = marks.map((mark) => noteRecord(place, mark));
  const goes = condemnation(judged);
  return goes === undefined ? over : [noteRecord(place, laneMark(record, holding!.lane), goes), ...over]; // prettier-ignore
}

/** What was sent by the time that a record of a lane that waited is buried goes with it, if its policy says so. */
export function condemnation(
  judged: Pick<Judged, 'verdict' | 'holding' | 'marks' | 'envelope' | 'nowMs'>,
): BuriedNote | undefined {
  const { verdict, holding, marks = [], envelope, nowMs } = judged;
  if (verdict.kind !== 'bury' || verdict.error.code === 'LANE_BURIED' || marks.length === 0) return undefined;
  return holding?.policy.then === 'bury' ? { kind: 'buried', with: envelope?.id ?? '', untilMs: nowMs } : undefined;
}
