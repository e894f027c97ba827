import type { Road } from '@sunbeon/core/ports';
import type { DeadLetterQueue } from './dlq.js';
import type { Choice, Chosen } from './dlq-filter.js';
import { lineOf } from './dlq-line.js';
import { scanBatches } from './scan.js';

export interface ExportOptions extends Choice {
  /** Records at most; default all. */
  readonly limit?: number;
  /** Takes whole lines; nothing more is read until it resolves, so that one fetch at most is in memory. */
  readonly write: (lines: string) => void | Promise<void>;
}

/** Buried records as NDJSON, of each partition in its order. @returns how many were written */
export async function exportBuried(
  road: Road,
  queues: readonly DeadLetterQueue[],
  { sinceMs, ofDlq, limit = Infinity, write }: Chosen & Pick<ExportOptions, 'limit' | 'write'>,
): Promise<number> {
  let written = 0;
  for (const { dlq } of queues) {
    if (written >= limit) break;
    const { isMeant } = await ofDlq(dlq);
    await scanBatches(road, { topic: dlq, sinceMs }, async (records) => {
      const meant = records.filter(isMeant).slice(0, limit - written);
      written += meant.length;
      if (meant.length > 0) await write(meant.map(lineOf).join(''));
      return written >= limit;
    });
  }
  return written;
}
