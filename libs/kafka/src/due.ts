import { tierFor } from '@sunbeon/core/backoff';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { retryDelayOf, retryTopic, type Route } from './names.js';

/**
 * When a record leaves its retry topic, in milliseconds since the epoch: after the topic's delay, or earlier if it need not
 * wait that long.
 */
export function dueAt(record: IncomingRecord, { base }: Pick<Route, 'base'>): number {
  const delayMs = retryDelayOf(base, record.topic) ?? 0;
  return Math.min(record.timestampMs + delayMs, notBefore(record) || Infinity);
}

/** A due record goes back to be run, or, when its wait is longer than this tier, on to the next hop. */
export function nextHop(
  record: IncomingRecord,
  nowMs: number,
  { route, tiersMs }: { readonly route: Pick<Route, 'base' | 'again'>; readonly tiersMs: readonly number[] },
): OutgoingRecord {
  const { key, value, headers } = record;
  const remainingMs = notBefore(record) - nowMs;
  const tierMs = remainingMs > 0 ? tierFor(remainingMs, tiersMs) : undefined;
  const topic = tierMs === undefined ? route.again : retryTopic(route.base, tierMs);
  return { topic, key, value, headers };
}

/** A record cannot be younger than now: the clock of who wrote it ran ahead, and all behind it would wait for that clock. */
export function asOfNow(record: IncomingRecord, nowMs: number): IncomingRecord {
  if (record.timestampMs <= nowMs) return record;
  const { topic, partition, offset, key, value, headers } = record;
  return { topic, partition, offset, key, value, headers, timestampMs: nowMs };
}

function notBefore(record: IncomingRecord): number {
  return Number(headerText(record.headers, HEADER.notBefore) ?? 0);
}
