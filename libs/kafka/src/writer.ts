import type { Events, MessageFacts } from '@sunbeon/core/events';
import type { Clock, OutgoingRecord } from '@sunbeon/core/ports';
import { toFailure } from '@sunbeon/core';
import type { Produce } from './produce.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

export interface WriteDependencies {
  readonly produce: Produce;
  readonly events: Events;
  readonly clock: Clock;
}

export interface Writing {
  readonly facts: MessageFacts;
  readonly released: AbortSignal;
  /** Keep trying even what is too large. */
  readonly insist: boolean;
}

/**
 * Writes a verdict until it is acknowledged (law 2): a broker that is away delays the offset, it never loses the message.
 * @returns `released` when the consumer let go first: the offset must stay unfinished. `too-large`: no try can ever help, the
 * caller must choose another verdict.
 */
export async function writeUntilAcknowledged(
  records: readonly OutgoingRecord[],
  { facts, released, insist }: Writing,
  deps: WriteDependencies,
): Promise<'acknowledged' | 'released' | 'too-large'> {
  for (let tries = 1; ; tries++) {
    try {
      await deps.produce.send(records, { whenFull: 'wait', isPatient: true });
      return 'acknowledged';
    } catch (error) {
      const failure = toFailure(error);
      deps.events.emit('settle.failed', { ...facts, error: failure, tries });
      if (failure.code === 'RECORD_TOO_LARGE' && !insist) return 'too-large';
    }
    if (released.aborted) return 'released';
    await pause(deps.clock, Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS), released);
  }
}

/** Resolves after `delayMs`, or when the signal aborts. */
export function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const cancel = clock.after(delayMs, done);
    function done(): void {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
