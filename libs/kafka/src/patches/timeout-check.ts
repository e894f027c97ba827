/** What is used of kafkajs's `RequestQueue` (2.2.4, `src/network/requestQueue/index.js`). */
export interface RequestQueue {
  readonly enforceRequestTimeout: boolean;
  readonly requestTimeout: number;
  readonly inflight: ReadonlyMap<number, OpenRequest>;
  requestTimeoutIntervalId: NodeJS.Timeout | null;
  isConnected(): boolean;
  destroy(): void;
  scheduleRequestTimeoutCheck(): void;
}

interface OpenRequest {
  readonly sentAt: number;
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

/** So many looks in a request's time, and no more than one a second. */
const LOOKS = 20;
const MOST_MS = 1_000;
/** As kafkajs looks, whatever the time. */
const LEAST_MS = 100;

/**
 * Each connection looks for requests whose time is up, kafkajs ten times a second for 30 seconds: an idle consumer, with a dozen
 * connections, does nothing else. Here it looks as often as tells a twentieth of the time, and all of them at the same moments: a process
 * wakes up once.
 */
export function checkTimeoutsSeldom(this: RequestQueue): void {
  if (!this.enforceRequestTimeout) return;
  this.destroy();
  const look = (): void => {
    for (const request of [...this.inflight.values()]) {
      if (Date.now() - request.sentAt > request.requestTimeout) request.timeoutRequest();
    }
    if (this.isConnected()) this.requestTimeoutIntervalId = setTimeout(look, nextMs(this.requestTimeout));
  };
  this.requestTimeoutIntervalId = setTimeout(look, nextMs(this.requestTimeout));
}

function nextMs(requestTimeoutMs: number): number {
  const ms = everyMs(requestTimeoutMs);
  return ms - (Date.now() % ms);
}

export function everyMs(requestTimeoutMs: number): number {
  return Math.min(requestTimeoutMs, MOST_MS, Math.max(LEAST_MS, requestTimeoutMs / LOOKS));
}
