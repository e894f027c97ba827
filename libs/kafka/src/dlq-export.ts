import type { Road } from '@sunbeon/core/ports';
import type { DeadLetterQueue } from './dlq.js';
import { type DlqFilter, matcher } from './dlq-filter.js';
import { lineOf } from './dlq-line.js';
import { scanBatches } from './scan.js';

export interface ExportOptions {
  readonly filter?: DlqFilter;
  /** Records at most; default all. */
  readonly limit?: number;
}

/**
 * Buried records as NDJSON, of each partition in its order.
 * @param write takes whole lines; nothing more is read until it resolves, so one fetch at most is in memory
 * @returns how many were written
 */
export async function exportBuried(
  road: Road,
  queues: readonly DeadLetterQueue[],
  { filter = {}, limit = Infinity, write }: ExportOptions & { readonly write: (lines: string) => void | Promise<void> },
): Promise<number> {
  const isMeant = matcher(filter);
  let written = 0;
  for (const { dlq } of queues) {
    if (written >= limit) break;
    const range = { topic: dlq, ...(filter.sinceMs === undefined ? {} : { sinceMs: filter.sinceMs }) };
    await scanBatches(road, range, async (records) => {
      const meant = records.filter(isMeant).slice(0, limit - written);
      written += meant.length;
      if (meant.length > 0) await write(meant.map(lineOf).join(''));
      return written >= limit;
    });
  }
  return written;
}
