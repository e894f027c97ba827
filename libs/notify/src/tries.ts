import type { SunbeonError } from '@sunbeon/core/errors';
import type { Clock } from '@sunbeon/core/ports';

/** How a try failed. */
export interface Failed {
  readonly error: SunbeonError;
  /** No further try can help. */
  readonly isFinal: boolean;
  /** The other side asks to be left alone for so long, in milliseconds. */
  readonly afterMs?: number;
}

export interface TryOptions {
  /** Tries after the first. */
  readonly retries: number;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [1_000, 30_000];
/** What is asked for beyond it is not waited for: the next try comes earlier and may be refused again. */
const LONGEST_ASKED_MS = 60_000;

/**
 * Tries until one succeeds, with pauses that double and are spread over their whole length (full jitter): many processes that
 * failed together do not come again together.
 * @param attempt gives how it failed; undefined = it succeeded.
 * @throws SunbeonError the last failure's
 */
export async function persist(attempt: () => Promise<Failed | undefined>, options: TryOptions): Promise<void> {
  const { retries, clock, random, signal } = options;
  for (let tries = 0; ; tries++) {
    const failed = await attempt();
    if (failed === undefined) return;
    if (failed.isFinal || tries >= retries || signal.aborted) throw failed.error;
    const asked = Math.min(failed.afterMs ?? 0, LONGEST_ASKED_MS);
    await pause(asked + random() * Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS), clock, signal);
    if (signal.aborted) throw failed.error;
  }
}

/** Resolves after `ms`, or when the signal aborts. */
function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const cancel = clock.after(ms, end);
    signal.addEventListener('abort', end);
  });
}

/** `Retry-After` (RFC 9110, 10.2.3), seconds or a date, as milliseconds from now; undefined for anything else. */
export function retryAfterMs(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}
