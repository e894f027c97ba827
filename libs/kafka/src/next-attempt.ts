import { type Envelope, withChanges } from '@sunbeon/core/envelope';
import type { Delivery } from '@sunbeon/core/run';
import type { Verdict } from '@sunbeon/core';
import { remember } from './history.js';
import type { Judged } from './settle.js';

/** The envelope of the attempt that a retry verdict asks for. */
export function nextAttemptOf(
  judged: Pick<Judged & Delivery, 'envelope' | 'verdict' | 'startedMs' | 'nowMs'>,
  by: string,
): Envelope {
  const { envelope, startedMs, nowMs } = judged;
  const { atMs, error } = judged.verdict as Extract<Verdict, { kind: 'retry' }>;
  return withChanges(envelope, {
    attempt: envelope.attempt + 1,
    notBeforeMs: atMs,
    firstSeenMs: envelope.firstSeenMs ?? startedMs,
    retryingSinceMs: Math.min(envelope.retryingSinceMs ?? nowMs, nowMs), // as it was judged, or it would begin anew each time
    history: remember(envelope, error, { atMs: nowMs, by }),
  });
}
