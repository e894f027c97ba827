import type { Clock } from '@sunbeon/core/ports';

export interface Watched {
  readonly clock: Clock;
  readonly stallTimeoutMs: number;
  /** When it was last heard of, in milliseconds since the epoch; undefined = never. */
  heardMs(): number | undefined;
  onStall(silentMs: number): void;
}

/** Looks so many times in a stall timeout. */
const LOOKS = 6;

/**
 * Tells, once, of a client that was silent for a stall timeout. Silence is counted in looks, not by the clock alone: a process
 * that was stopped for long, or whose event loop was blocked, has heard nothing either, and is given the time to hear it.
 * @returns a function that ends the watch
 */
export function watchStall({ clock, stallTimeoutMs, heardMs, onStall }: Watched): () => void {
  const sinceMs = clock.now();
  let [last, silent] = [heardMs(), 0];
  let cancel = clock.after(stallTimeoutMs / LOOKS, look);
  function look(): void {
    const heard = heardMs();
    silent = heard === last ? silent + 1 : 0;
    last = heard;
    if (silent >= LOOKS) return onStall(clock.now() - (heard ?? sinceMs));
    cancel = clock.after(stallTimeoutMs / LOOKS, look);
  }
  return () => cancel();
}
