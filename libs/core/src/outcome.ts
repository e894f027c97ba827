import type { Failure } from './errors.js';

/** What happened in an attempt: a value, never an exception. */
export type Outcome =
  | { readonly kind: 'done'; readonly output: unknown }
  | { readonly kind: 'failed'; readonly error: Failure }
  /** The handler asked for another attempt: after `delayMs`, or as the policy says. */
  | { readonly kind: 'retry'; readonly delayMs: number | undefined; readonly error: Failure }
  | { readonly kind: 'drop'; readonly reason: string }
  | { readonly kind: 'bury'; readonly error: Failure }
  /** Its deadline had passed before the attempt began. */
  | { readonly kind: 'expired' }
  /** The bytes or headers cannot become a message. */
  | { readonly kind: 'unreadable'; readonly error: Failure }
  /** Something that every message needs is away (the registry): no fault of this message, so nothing is decided yet. */
  | { readonly kind: 'unavailable'; readonly error: Failure };

/** What is done about an outcome, and which channels are told of the error (see `notify` in error-policy.ts). */
export type Verdict = Decision & { readonly notify?: readonly string[] };

type Decision =
  | { readonly kind: 'finish'; readonly output: unknown }
  | { readonly kind: 'retry'; readonly atMs: number; readonly error: Failure }
  /** `code`: why, where it was not the handler's choice; `error`: of an ignored attempt. */
  | { readonly kind: 'drop'; readonly reason: string; readonly code?: 'EXPIRED' | 'IGNORED'; readonly error?: Failure }
  | { readonly kind: 'bury'; readonly error: Failure }
  /** Nothing is settled: the same attempt is made again in place, after a pause. */
  | { readonly kind: 'hold'; readonly error: Failure };

/** Thrown by a handler: try again, after `delayMs` if given, else as the policy says. Counts as an attempt. */
export class Retry extends Error {
  override readonly name = 'Retry';
  constructor(
    readonly delayMs?: number,
    reason = 'the handler asked for a retry',
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}

/** Thrown by a handler: this message needs no work any more; it is finished and counted as dropped. */
export class Drop extends Error {
  override readonly name = 'Drop';
  constructor(reason: string) {
    super(reason);
  }
}

/** Thrown by a handler: no retry can help; the message goes to the DLQ at once, for a person. */
export class Bury extends Error {
  override readonly name = 'Bury';
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
  }
}
