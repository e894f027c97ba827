import type { MessageFacts, SunbeonEvents } from '@sunbeon/core/events';
import type { Verdict } from '@sunbeon/core';
import type { AttemptDependencies } from './attempt.js';

export function endOf(facts: MessageFacts, verdict: Verdict, durationMs: number): SunbeonEvents['attempt.ended'] {
  const { kind, notify } = verdict;
  return {
    ...facts,
    verdict: kind,
    durationMs,
    ...('error' in verdict && verdict.error !== undefined ? { error: verdict.error } : {}),
    ...('code' in verdict && verdict.code !== undefined ? { code: verdict.code } : {}),
    ...(notify === undefined ? {} : { notify }),
  };
}

/** Verdict and offset do not wait for a handler that is over its time; people are told that it still runs. */
export function reportOverdue(ended: Promise<void>, facts: MessageFacts, { events, clock }: AttemptDependencies): void {
  const sinceMs = clock.now();
  events.emit('handler.overdue', facts);
  void ended.then(() => events.emit('handler.ended-late', { ...facts, lateMs: clock.now() - sinceMs }));
}
