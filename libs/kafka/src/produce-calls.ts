import type { OutgoingRecord } from '@sunbeon/core/ports';
import { sizeOf } from './record-size.js';

/** So often it is looked whether the request of a patient call whose time is over is still on its way. */
const LOOK_AGAIN_MS = 250;

/** One call of `send`, from its beginning until its caller is told. */
export interface Call {
  readonly records: readonly OutgoingRecord[];
  readonly bytes: number;
  readonly deadlineMs: number;
  /** Not given up while its request is on its way. */
  readonly isPatient: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  failure: unknown;
  /** Its caller has been told that its time is over. */
  over: boolean;
}

/** When the time of the next one of them is over; of one whose time is over already, when to look at it again. */
export function lookInMs(calls: readonly Call[], nowMs: number): number {
  const waits = calls.map(({ deadlineMs }) => (deadlineMs > nowMs ? deadlineMs - nowMs : LOOK_AGAIN_MS));
  return waits.reduce((least, ms) => Math.min(least, ms), Infinity);
}

export function recordsOf(calls: readonly Call[]): readonly OutgoingRecord[] {
  return calls.length === 1 ? calls[0]!.records : calls.flatMap(({ records }) => records);
}

/** A call that is larger than a request, in pieces; undefined when it all fits. Only a call that is alone in its batch can be too large for it. */
export function slicesOf(calls: readonly Call[], maxBytes: number): OutgoingRecord[][] | undefined {
  const [{ records, bytes: all }] = calls as [Call];
  if (calls.length > 1 || all <= maxBytes || records.length === 1) return undefined;
  const slices: OutgoingRecord[][] = [];
  let bytes = Infinity;
  for (const record of records) {
    const size = sizeOf(record);
    if (bytes + size > maxBytes) {
      slices.push([]);
      bytes = 0;
    }
    slices.at(-1)!.push(record);
    bytes += size;
  }
  return slices;
}
