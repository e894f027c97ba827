import { setTimeout as delay } from 'node:timers/promises';

export interface UntilOptions {
  /** A sentence: what is waited for. The failure says that it did not happen. */
  readonly what: string;
  /** Default 20,000. */
  readonly timeoutMs?: number;
}

const POLL_MS = 20;

/**
 * Asks again and again until the answer is truthy. The one timer in tests: where a signal can be awaited, await that.
 * @returns the truthy answer
 * @throws Error with `what` and the last answer when the time is up; what the condition throws goes through at once
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 20_000 }: UntilOptions,
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() >= deadlineMs) {
      throw new Error(`Not within ${timeoutMs} ms: ${what} (last answer: ${String(answer)})`);
    }
    await delay(POLL_MS);
  }
}
