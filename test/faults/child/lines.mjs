// Writes a history: one line per fact, appended in one write each, so that a kill tears the last line at most.
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** The machine's monotonic clock in milliseconds; all its processes share it. */
export const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6;

/** @returns a function that notes a fact in `<folder>/<name>-<pid>.ndjson`. */
export function historyIn(folder, name) {
  const file = openSync(join(folder, `${name}-${process.pid}.ndjson`), 'a');
  return (fact) => {
    writeSync(file, `${JSON.stringify({ t: monotonicMs(), at: Date.now(), pid: process.pid, ...fact })}\n`);
  };
}
