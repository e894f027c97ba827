import { type Alert, AlertGroups, type AlertLimits, type Occurrence } from '@sunbeon/core/alerts';
import { SunbeonError, toFailure } from '@sunbeon/core/errors';
import type { Events } from '@sunbeon/core/events';
import type { Notifier } from '@sunbeon/core/notifier';
import type { Clock } from '@sunbeon/core/ports';

export interface ChannelOptions {
  readonly limits: AlertLimits;
  /** Of one message, all tries included. */
  readonly timeoutMs: number;
  readonly events: Events;
  readonly clock: Clock;
}

/** Calls that were given up and go on all the same: with so many, nothing more is sent until one of them ends. */
const MAX_HANGING = 10;

/**
 * One way to people: what happens is counted at once, and told when its limits and the notifier allow, one message at a time. What
 * waits are counts by kind, so it is bounded whatever happens and however long the other side is away. Never throws and never rejects.
 */
export class Channel {
  readonly #groups: AlertGroups;
  #busy: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When the timer rings. */
  #timerMs = Infinity;
  #hanging = 0;
  #stopped = false;
  #current: AbortController | undefined;

  constructor(
    private readonly name: string,
    private readonly notifier: Notifier,
    private readonly options: ChannelOptions,
  ) {
    this.#groups = new AlertGroups(options.limits);
  }

  /** Called within somebody's event: nothing but counting happens before its return. */
  add(occurrence: Occurrence): void {
    const { clock } = this.options;
    this.#groups.add(occurrence, clock.now());
    // The timer looks at all kinds, so it does it once for all that happens in the meantime.
    if (this.#busy === undefined) this.#wakeIn(0);
  }

  /** Tells what is left, as far as the limits and `timeoutMs` allow; of the rest it says how much it was. */
  async stop(timeoutMs: number): Promise<void> {
    const { clock } = this.options;
    this.#stopped = true;
    this.#cancelTimer?.();
    let isLate = false;
    const cancel = clock.after(timeoutMs, () => {
      isLate = true;
      this.#current?.abort(late(this.name, 'the process stops'));
    });
    await this.#busy;
    const alerts = isLate || this.#hanging >= MAX_HANGING ? [] : this.#groups.flush(clock.now());
    if (alerts.length > 0) await this.#send(alerts);
    cancel();
    if (this.#groups.pending > 0) this.#failed(late(this.name, 'the process stops'), this.#groups.pending);
  }

  #wakeIn(delayMs: number): void {
    const { clock } = this.options;
    const atMs = clock.now() + delayMs;
    if (this.#stopped || this.#timerMs <= atMs) return;
    this.#cancelTimer?.();
    this.#timerMs = atMs;
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#timerMs = Infinity;
      this.#look();
    });
  }

  #look(): void {
    if (this.#stopped || this.#busy !== undefined || this.#hanging >= MAX_HANGING) return;
    const nowMs = this.options.clock.now();
    const alerts = this.#groups.take(nowMs);
    if (alerts.length > 0) this.#busy = this.#send(alerts).finally(() => this.#next());
    else this.#wakeAt(this.#groups.nextMs(nowMs), nowMs);
  }

  #next(): void {
    this.#busy = undefined;
    this.#look();
  }

  #wakeAt(atMs: number | undefined, nowMs: number): void {
    if (atMs !== undefined) this.#wakeIn(Math.max(1, atMs - nowMs));
  }

  /** Never rejects, and ends in time whatever the notifier does. */
  async #send(alerts: readonly Alert[]): Promise<void> {
    const { timeoutMs, clock, events } = this.options;
    const failures = alerts.reduce((sum, { count }) => sum + count, 0);
    const current = (this.#current = new AbortController());
    const cancel = clock.after(timeoutMs, () => current.abort(late(this.name, `not within ${timeoutMs} ms`)));
    try {
      await this.#call(alerts, current.signal);
      events.emit('notify.sent', { channel: this.name, alerts: alerts.length, failures });
    } catch (error) {
      this.#failed(error, failures);
    } finally {
      cancel();
    }
  }

  #call(alerts: readonly Alert[], signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => reject(signal.reason));
    this.#hanging++;
    const call = { channel: this.name, signal, events: this.options.events };
    // In a turn of its own: a notifier that throws at once is a promise that rejects, like any other.
    void Promise.resolve()
      .then(() => this.notifier.notify(alerts, call))
      .then(resolve, reject)
      .finally(() => this.#ended());
    return promise;
  }

  /** Perhaps long after it was given up. */
  #ended(): void {
    this.#hanging--;
    if (this.#hanging === MAX_HANGING - 1 && this.#busy === undefined) this.#wakeIn(0);
  }

  #failed(error: unknown, dropped: number): void {
    this.options.events.emit('notify.failed', { channel: this.name, error: toFailure(error), dropped });
  }
}

function late(channel: string, why: string): SunbeonError {
  return new SunbeonError('NOTIFY_FAILED', `Channel "${channel}": a message was given up: ${why}.`);
}
