import type { Alert } from './alerts.js';
import type { Events } from './events.js';
import type { Clock } from './ports.js';

/** What a notifier may need besides what it shall say. */
export interface NotifyCall {
  /** As the deployment names it. */
  readonly channel: string;
  /** Aborts when nobody waits for the call any more: let go of sockets then. */
  readonly signal: AbortSignal;
  readonly events: Events;
}

/** A way to people: webhook, e-mail, log. One file each in `notify/`; called for one message at a time. */
export interface Notifier {
  /**
   * Resolves when the other side has taken the message; the gravest alert comes first, see `AlertGroups`.
   * @throws SunbeonError `NOTIFY_FAILED`, `ADDRESS_REFUSED`; whatever it throws, the alerts are given up and the work goes on
   */
  notify(alerts: readonly Alert[], call: NotifyCall): Promise<void>;
}

/** Tells people what happens. Built by `notify/notifications.ts`. */
export interface Notifications {
  /** What a policy's `notify` may name. */
  readonly channels: readonly string[];
  /** Listens from now on. */
  start(on: { readonly events: Events; readonly clock: Clock }): void;
  /** Tells what it still has to tell, within a bounded time; then nothing is under way. Idempotent, safe when never started; never rejects. */
  stop(): Promise<void>;
}
