import type { QueuePause } from './breaker.js';
import { type Failure, toFailure } from './errors.js';
import type { ShadowExample, ShadowReport } from './shadow.js';

/** Where a message is, for those who listen. */
export interface MessageFacts {
  readonly id: string;
  readonly contract: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly group: string;
  readonly attempt: number;
}

/** Every process of a queue hears what holds for it; one of them said it. */
export interface OwnWord {
  /** It was this process, and no other one and no person. */
  readonly isOwn: boolean;
}

/** Everything the system says about itself. Logging, metrics and traces are listeners; libs never log. */
export interface SunbeonEvents {
  'attempt.started': MessageFacts;
  'attempt.ended': MessageFacts & {
    readonly verdict: 'finish' | 'retry' | 'drop' | 'bury' | 'hold';
    readonly durationMs: number;
    readonly error?: Failure;
    /** `IGNORED`, `EXPIRED`: why it was dropped, where the handler did not say so. */
    readonly code?: string;
    /** The channels that its policy tells. */
    readonly notify?: readonly string[];
  };
  /** An attempt was given up at its hard time limit and its handler runs on: its lane and slot stay taken. */
  'handler.overdue': MessageFacts;
  /** An overdue handler has ended after all. */
  'handler.ended-late': MessageFacts & { readonly lateMs: number };
  /** A verdict could not be written; the offset stays and it is tried again. */
  'settle.failed': MessageFacts & { readonly error: Failure; readonly tries: number };
  'commit.failed': { readonly group: string; readonly error: Failure };
  'partitions.assigned': { readonly group: string; readonly partitions: readonly string[] };
  'partitions.revoked': { readonly group: string; readonly partitions: readonly string[] };
  /** Their last owner did not let go of them: until what it may have been running is done, starts are committed before. */
  'partitions.careful': { readonly group: string; readonly partitions: readonly string[] };
  /** So many processes ended while it ran: it runs alone now. */
  'suspect.found': MessageFacts & { readonly deliveries: number };
  /** It has come to a verdict, and its process lives. */
  'suspect.cleared': MessageFacts;
  /** It is out of deliveries: it is buried after `afterMs`, unless this process ends meanwhile, though it does not run. */
  'suspect.condemned': MessageFacts & { readonly deliveries: number; readonly afterMs: number };
  /** It does not fit its DLQ, which says only where it lies: until its topic's retention, at its original place. */
  'record.left-behind': MessageFacts & { readonly dlq: string };
  'client.failed': { readonly client: string; readonly error: Failure; readonly restarting: boolean };
  'client.recovered': { readonly client: string };
  'client.warned': { readonly client: string; readonly message: string };
  'handler.logged': Pick<MessageFacts, 'id' | 'contract' | 'attempt'> & {
    readonly level: 'log' | 'warn' | 'error';
    readonly message: string;
    readonly error?: Failure;
  };
  /** A channel took a message of so many alerts about so many failures. */
  'notify.sent': { readonly channel: string; readonly alerts: number; readonly failures: number };
  /** A message did not reach a channel; of so many failures nobody is told there. */
  'notify.failed': { readonly channel: string; readonly error: Failure; readonly dropped: number };
  /** What a channel of the kind `log` says. */
  'alert.logged': { readonly channel: string; readonly level: 'log' | 'warn' | 'error'; readonly message: string };
  /** Nothing of the queue begins in this process, or only probes do: its breaker tripped here or elsewhere, or a person said so. */
  'queue.paused': QueuePause & OwnWord;
  'queue.resumed': Pick<QueuePause, 'queue' | 'reason' | 'by' | 'atMs'> & OwnWord;
  /** The control topic could not be read or written, or has a record that makes no sense. The work goes on without it. */
  'control.failed': { readonly topic: string; readonly error: Failure };
  /** A message of the past was run, and nothing settled. */
  'shadow.compared': ShadowExample;
  /** The whole range was run; with an error it could not be, and the report is of what was. */
  'shadow.ended': ShadowReport & { readonly error?: Failure };
  'listener.failed': { readonly event: string; readonly error: Failure };
}

type Listener<K extends keyof SunbeonEvents> = (facts: SunbeonEvents[K]) => void;

/** Typed events. A listener that throws or rejects is reported as `listener.failed` and never disturbs the work. */
export class Events {
  readonly #listeners = new Map<keyof SunbeonEvents, Set<Listener<never>>>();

  /** @returns a function that ends the listening. */
  on<K extends keyof SunbeonEvents>(event: K, listener: Listener<K>): () => void {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Whether anybody listens: who need not be told costs no facts. */
  has(event: keyof SunbeonEvents): boolean {
    return (this.#listeners.get(event)?.size ?? 0) > 0;
  }

  emit<K extends keyof SunbeonEvents>(event: K, facts: SunbeonEvents[K]): void {
    for (const listener of this.#listeners.get(event) ?? []) {
      try {
        const result: unknown = (listener as Listener<K>)(facts);
        // An async function passes for a listener; its rejection, unheard, would end the process.
        if (result instanceof Promise) result.catch((error: unknown) => this.#report(event, error));
      } catch (error) {
        this.#report(event, error);
      }
    }
  }

  #report(event: string, thrown: unknown): void {
    if (event === 'listener.failed') return; // a reporter that fails has nobody left to tell
    this.emit('listener.failed', { event, error: { ...toFailure(thrown), code: 'LISTENER_FAILED', retriable: false } });
  }
}
