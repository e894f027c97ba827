import type { ServiceName } from '../services/service.ts';

/**
 * A system to measure: to add one, write a file like its neighbours and name it in index.ts. Scenarios are written once, against
 * {@link Client}; a scenario runs for the systems that can all that it needs.
 */
export interface System {
  /** Also the name of its file, which the measuring process loads alone. */
  readonly name: string;
  /** The npm package whose version the rows carry. */
  readonly package: string;
  /** One for each durability that it is measured with. */
  readonly variants: readonly Variant[];
  readonly can: readonly Ability[];
  /** Tasks per second, roughly, so that a measurement takes seconds; a wrong guess only makes it longer or shorter. */
  readonly pace: { readonly single: number; readonly bulk: number; readonly work: number };
  /** Who writes the records that it works off, if not itself. */
  readonly filledBy?: string;
  /** Connects, and makes what it needs in the server. */
  open(place: Place): Promise<Client>;
  /** Removes what was left in the server. */
  clean(place: Place): Promise<void>;
}

export interface Variant {
  readonly service: ServiceName;
  /** What an acknowledged task survives. */
  readonly durability: string;
}

/**
 * `single`, `bulk`: enqueue. `work`: work tasks off. `concurrent`: many handlers at once. `results`: keeps a result per task.
 * `replies`: the caller can wait for it. `keys`: order per key, beyond partitions. `partitions`: has some. `backlog`: is meant to
 * hold a million tasks. `takeover`: gives a killed worker's tasks to the next one within seconds. `dlq`: has commands for what is
 * buried. `retries`: what failed waits in topics until it is tried again.
 */
export type Ability =
  | 'single'
  | 'bulk'
  | 'work'
  | 'concurrent'
  | 'results'
  | 'replies'
  | 'keys'
  | 'partitions'
  | 'backlog'
  | 'takeover'
  | 'dlq'
  | 'retries';

/** Where and how one measurement takes place. It crosses from process to process, so it is plain data. */
export interface Place {
  readonly address: string;
  /** Of queue, topic, schema: no other measurement has it. */
  readonly name: string;
  readonly partitions: number;
  /** Handlers at once in the one worker. */
  readonly atOnce: number;
  /** Keep a result per task. */
  readonly results: boolean;
  /** What must not run at once: tasks of one key, or nothing. */
  readonly order: 'key' | 'none';
}

export interface Task {
  readonly n: number;
  readonly key?: string;
  /** Makes it larger. */
  readonly pad?: string;
}

/** A task is finished when the promise resolves; nothing to wait for = undefined, so that no-ops stay cheap. */
export type Handler = (task: Task) => Promise<void> | undefined;

/** One connection's worth of a system. */
export interface Client {
  /** Resolves when the system has acknowledged the task as durably as its variant says. */
  enqueue(task: Task): Promise<unknown>;
  /** The same for many, in the way that its documentation recommends. */
  enqueueMany(tasks: readonly Task[]): Promise<unknown>;
  /** Starts a worker. Called once. */
  work(handler: Handler): Promise<unknown>;
  /** Enqueues and resolves with the task's result, from the worker of this same client. Only with `replies`. */
  ask?(task: Task): Promise<unknown>;
  close(): Promise<unknown>;
}
