import { Readable } from 'node:stream';
import type { Clock, Results, TaskResult } from '@sunbeon/core/ports';
import { isFinal } from '@sunbeon/core/result-status';
import { statusDocument } from './status.js';

/** Proxies cut silent connections after 30 to 60 s; the HTML standard suggests a comment every 15 s or so. */
export const HEARTBEAT_MS = 15_000;
/** What a client should wait before it connects again, in milliseconds. */
const RECONNECT_MS = 1_000;

export interface StreamOptions {
  readonly results: Pick<Results, 'watch' | 'lookup'>;
  /** What is known so far. */
  readonly current: TaskResult;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The `Last-Event-ID` of a client that comes back: what it has seen is not told again. */
  readonly lastEventId: string | undefined;
}

/** Which status a client has seen: the same status of the same attempt is the same event. */
export function eventId(result: TaskResult): string {
  return `${result.attempt}-${result.status}`;
}

/**
 * The statuses of one task as Server-Sent Events (HTML standard, 9.2), the known one first; it ends after a final one, or
 * when `signal` aborts. Between events a comment keeps the connection open.
 */
export function statusStream(options: StreamOptions): Readable {
  const stream = new Readable({ read: () => undefined });
  let told = options.lastEventId;
  let ended = false;
  const end = (): void => {
    if (ended) return;
    ended = true;
    unwatch();
    stopHeart();
    stream.push(null);
  };
  const tell = (result: TaskResult): void => {
    if (ended || eventId(result) === told) return;
    told = eventId(result);
    stream.push(frame(result));
    if (isFinal(result.status)) end();
  };
  const stopHeart = heartbeat(options.clock, () => stream.push(': still here\n\n'));
  const unwatch = options.results.watch(options.current.id, tell);
  stream.push(`retry: ${RECONNECT_MS}\n\n`);
  tell(options.current);
  // What came between the first lookup and the watch is in a second one.
  if (!ended)
    void options.results.lookup(options.current.id).then((now) => now && isFinal(now.status) && tell(now), end);
  options.signal.addEventListener('abort', end, { once: true });
  if (options.signal.aborted) end();
  stream.once('close', end);
  return stream;
}

function frame(result: TaskResult): string {
  return `id: ${eventId(result)}\nevent: status\ndata: ${JSON.stringify(statusDocument(result))}\n\n`;
}

/** Calls `beat` every {@link HEARTBEAT_MS}. @returns a function that ends it */
function heartbeat(clock: Clock, beat: () => void): () => void {
  let cancel = clock.after(HEARTBEAT_MS, again);
  function again(): void {
    beat();
    cancel = clock.after(HEARTBEAT_MS, again);
  }
  return () => cancel();
}
