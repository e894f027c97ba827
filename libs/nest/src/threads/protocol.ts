import type { FollowUpOptions, TaskContext } from '@sunbeon/core/context';
import type { PackedError } from './parcel.js';

/** What of a context is data. */
export type ContextFacts = Pick<
  TaskContext,
  | 'id'
  | 'contract'
  | 'attempt'
  | 'key'
  | 'headers'
  | 'topic'
  | 'partition'
  | 'offset'
  | 'sentMs'
  | 'deadlineMs'
  | 'isShadow'
>;

/** What a thread is started with. */
export interface ThreadData {
  /** Tells {@link isThread} that it is one of ours. */
  readonly sunbeon: 'thread';
  /** The URL of the file with the application's module. */
  readonly module: string;
  readonly export: string | undefined;
  /** Whether the application of the thread writes with Nest's Logger. */
  readonly log: boolean;
}

/** To a thread. `task`: {@link ContextFacts} and payload, packed. */
export type ToThread =
  | { readonly kind: 'run'; readonly run: number; readonly handler: string; readonly task: Uint8Array }
  | { readonly kind: 'abort'; readonly run: number; readonly reason: PackedError }
  | { readonly kind: 'sent'; readonly run: number; readonly call: number; readonly id: string }
  | { readonly kind: 'unsent'; readonly run: number; readonly call: number; readonly error: PackedError }
  | { readonly kind: 'stop' };

/** From a thread. `run` says for which attempt: a handler may leave something behind that speaks later. */
export type FromThread =
  | { readonly kind: 'ready'; readonly handlers: readonly string[] }
  | { readonly kind: 'refused'; readonly error: PackedError }
  | { readonly kind: 'done'; readonly run: number; readonly output: Uint8Array }
  /** `isReason`: what was thrown is the reason that the signal gave. */
  | { readonly kind: 'thrown'; readonly run: number; readonly error: PackedError; readonly isReason: boolean }
  | ({ readonly kind: 'log'; readonly run: number } & Line)
  | ({ readonly kind: 'enqueue'; readonly run: number } & FollowUp);

export interface Line {
  readonly level: 'log' | 'warn' | 'error';
  readonly message: string;
  readonly cause: PackedError | undefined;
}

export interface FollowUp {
  readonly call: number;
  readonly contract: string;
  readonly payload: Uint8Array;
  readonly options: FollowUpOptions | undefined;
}

/** Whether this is a thread that runs handlers for a process: it has no transport of its own. */
export function isThread(data: unknown): data is ThreadData {
  return (data as Partial<ThreadData> | null)?.sunbeon === 'thread';
}

/** The name of a handler on both sides. */
export function handlerName(of: {
  readonly contract: { readonly name: string };
  readonly group: string | undefined;
  readonly where: string;
}): string {
  // prettier-ignore
  const { contract, group, where } = of;
  return `${contract.name}${group === undefined ? '' : `@${group}`} of ${where}`;
}
