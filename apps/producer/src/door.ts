import type { Contract } from '@sunbeon/core';
import type { Clock, Transport } from '@sunbeon/core/ports';

/** The injection token of {@link Door}. */
export const DOOR = Symbol('sunbeon.door');

/** What the door is built of; tests give a transport of their own. */
export interface Door {
  readonly transport: Transport;
  readonly contracts: readonly Contract[];
  /** Who says what comes through here: CloudEvents `source`. */
  readonly source: string;
  readonly clock: Clock;
  /** The most items in one request. */
  readonly maxBatch: number;
  /** The most long polls and event streams at once. */
  readonly maxWaiters: number;
  /** The largest body in bytes. */
  readonly bodyLimitBytes: number;
}
