import type { AlertDone, Occurrence } from '@sunbeon/core/alerts';
import type { SunbeonEvents } from '@sunbeon/core/events';
import { fingerprint } from '@sunbeon/core/fingerprint';

const DONE: Readonly<Record<SunbeonEvents['attempt.ended']['verdict'], AlertDone | undefined>> = {
  bury: 'bury',
  retry: 'retry',
  drop: 'ignore',
  finish: 'ignore',
  hold: undefined, // nothing is decided yet
};

const DROPPED = { code: 'TASK_DROPPED', name: 'Drop', message: 'the handler dropped it' };

/** An attempt as something to tell; undefined when there is nothing to tell of it. */
export function occurrenceOf(facts: SunbeonEvents['attempt.ended']): Occurrence | undefined {
  const { verdict, contract, topic, partition, offset, group, id, attempt } = facts;
  const done = DONE[verdict];
  if (done === undefined || (verdict === 'finish' && facts.error === undefined)) return undefined;
  const error = facts.error ?? DROPPED;
  const { code, name, message } = error;
  return {
    fingerprint: fingerprint(contract || topic, error), // as in the DLQ, of a record without a contract too
    contract,
    queue: topic,
    group,
    error: { code, name, message },
    done,
    attempts: attempt,
    example: { id, address: `${topic}/${partition}/${offset}` },
  };
}

/** What the flood breaker says of a queue. */
export interface QueueFacts {
  readonly queue: string;
  readonly reason: string;
  /** `half-open`: of a pause that people know of, probes go through. */
  readonly state?: string;
}

/** A queue that was paused, or runs again: each is a kind of its own, whatever the reason says this time. */
export function occurrenceOfQueue({ queue, reason }: QueueFacts, done: 'paused' | 'resumed'): Occurrence {
  const code = done === 'paused' ? 'QUEUE_PAUSED' : 'QUEUE_RESUMED';
  return {
    fingerprint: fingerprint(queue, { code, name: code, message: '' }),
    contract: '',
    queue,
    group: queue,
    error: { code, name: code, message: reason },
    done,
    attempts: 0,
    example: { id: '', address: '' },
  };
}
