import type { Measure } from '../row.ts';
import type { Ability, Client, Place, System } from '../systems/system.ts';

/**
 * A scenario: `run` conducts in the benchmark's own process, which measures nothing; its `parts` run in processes of their own, one
 * system in each.
 */
export interface Scenario {
  /** Options of Node for its processes. */
  readonly node?: readonly string[];
  readonly name: string;
  /** One sentence for the reader of the table. */
  readonly what: string;
  readonly needs: readonly Ability[];
  readonly parts: Readonly<Record<string, Part>>;
  run(stage: Stage): Promise<Measure[]>;
}

/** Arguments and what it returns cross to another process: plain data. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each part knows its own arguments
export type Part = (child: Child, args: any) => Promise<unknown>;

/** What a part has. */
export interface Child {
  readonly system: System;
  readonly place: Place;
  open(): Promise<Client>;
  /** Tells the conductor something while it goes on. */
  say(message: string): void;
}

/** What a conductor has: one scenario, one system, one run. */
export interface Stage {
  readonly system: System;
  /** A number of tasks or milliseconds, scaled. */
  scaled(value: number, least?: number): number;
  /** A fresh place; what is not said is 8 partitions, 100 at once, order by key, no results. */
  place(settings?: Partial<Place>): Place;
  /** Puts tasks there, with the system that fills for this one. */
  fill(place: Place, tasks: Filling): Promise<void>;
  /** Runs a part to its end. */
  run<T>(part: string, place: Place, args?: unknown): Promise<T>;
  /** Starts a part. */
  spawn(part: string, place: Place, args?: unknown): Acting;
}

export interface Filling {
  readonly count: number;
  /** Task n has the key n modulo this; 0 = no key. */
  readonly keys?: number;
  /** Characters of padding. */
  readonly pad?: number;
}

/** A part that runs. */
export interface Acting {
  /** Resolves when it says this. */
  said(message: string): Promise<void>;
  readonly result: Promise<unknown>;
  /** SIGKILL. Resolves when it is gone; then `result` never settles. */
  kill(): Promise<void>;
}
