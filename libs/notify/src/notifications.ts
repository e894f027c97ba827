import type { AlertLimits } from '@sunbeon/core/alerts';
import { checkChannels } from '@sunbeon/core/channels';
import type { Events, OwnWord, SunbeonEvents } from '@sunbeon/core/events';
import { checkWhole, invalidOption, refuseUnknownOptions } from '@sunbeon/core/options';
import type { Notifications, Notifier } from '@sunbeon/core/notifier';
import type { Clock } from '@sunbeon/core/ports';
import { Channel } from './channel.js';
import { occurrenceOf, occurrenceOfQueue, type QueueFacts } from './occurrences.js';
import { given } from './options.js';

export interface NotificationsOptions {
  /** By the names that policies use: `{ ops: webhook({ … }), log: log() }`. */
  readonly channels: Readonly<Record<string, Notifier>>;
  /** Who is told of a queue that is paused or runs again. Default: every channel. */
  readonly queues?: readonly string[];
  /** Between two messages about one kind of failure in one channel, in milliseconds. Default: 300,000 (five minutes). */
  readonly intervalMs?: number;
  /** Messages to one channel in any hour. Default: 30. */
  readonly maxPerHour?: number;
  /** Kinds that are told apart in one channel; beyond it they are counted together. Default: 1,000 (about 2 MB each). */
  readonly maxGroups?: number;
  /** Of one message, all tries included, in milliseconds. Default: 60,000. */
  readonly timeoutMs?: number;
  /** What a stop waits for messages that are left, in milliseconds. Default: 3,000. */
  readonly flushTimeoutMs?: number;
}

const OPTIONS = ['channels', 'queues', 'intervalMs', 'maxPerHour', 'maxGroups', 'timeoutMs', 'flushTimeoutMs'];
const DEFAULTS = {
  intervalMs: 300_000,
  maxPerHour: 30,
  maxGroups: 1_000,
  timeoutMs: 60_000,
  flushTimeoutMs: 3_000,
} as const;
const DAY_MS = 86_400_000;
const RANGES = {
  intervalMs: { least: 1, most: DAY_MS },
  maxPerHour: { least: 1, most: 3_600 },
  maxGroups: { least: 1, most: 10_000 },
  timeoutMs: { least: 1, most: 600_000 },
  flushTimeoutMs: { least: 1, most: 600_000 },
} as const;

/**
 * What happens, told to people: each failure whose policy names channels, and queues that are paused. Give it to
 * `SunbeonModule.forRoot({ notify })`. All limits are per channel and process.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function notifications(options: NotificationsOptions): Notifications {
  refuseUnknownOptions(options, OPTIONS, 'notifications');
  const { channels, queues, ...limits } = { ...DEFAULTS, ...given(options) };
  for (const [name, range] of Object.entries(RANGES)) checkWhole(`notifications: ${name}`, limits[name as keyof typeof RANGES], range); // prettier-ignore
  checkNotifiers(channels);
  const names = Object.keys(channels);
  checkChannels(queues ?? [], names, 'notifications: queues');
  return new EventNotifications({ channels, queues: queues ?? names, ...limits });
}

function checkNotifiers(channels: NotificationsOptions['channels']): void {
  if (typeof channels !== 'object' || channels === null) throw invalidOption('notifications: channels', String(channels), 'Give them by name: { log: log() }.'); // prettier-ignore
  for (const [name, notifier] of Object.entries(channels)) {
    if (!/^[\w.-]{1,60}$/.test(name)) throw invalidOption('notifications: a channel’s name', JSON.stringify(name), 'Use letters, digits, ".", "_" and "-".'); // prettier-ignore
    if (typeof notifier?.notify !== 'function') throw invalidOption(`notifications: channels.${name}`, typeof notifier, 'Give a notifier, for example webhook({ … }).'); // prettier-ignore
  }
}

type Checked = Required<Omit<NotificationsOptions, 'channels'>> & Pick<NotificationsOptions, 'channels'> & AlertLimits;

class EventNotifications implements Notifications {
  readonly channels: readonly string[];
  readonly #channels = new Map<string, Channel>();
  #endings: readonly (() => void)[] = [];
  #stopped: Promise<void> | undefined;

  constructor(private readonly options: Checked) {
    this.channels = Object.keys(options.channels);
  }

  start({ events, clock }: { readonly events: Events; readonly clock: Clock }): void {
    const { channels, timeoutMs, ...limits } = this.options;
    for (const [name, notifier] of Object.entries(channels)) {
      this.#channels.set(name, new Channel(name, notifier, { limits, timeoutMs, events, clock }));
    }
    this.#endings = [
      events.on('attempt.ended', (facts) => this.#attempt(facts)),
      events.on('queue.paused', (facts) => this.#queue(facts, 'paused')),
      events.on('queue.resumed', (facts) => this.#queue(facts, 'resumed')),
    ];
  }

  /** Of all consumers one tells: whose breaker it was. What a person said, people know. */
  #queue(facts: QueueFacts & OwnWord, done: 'paused' | 'resumed'): void {
    if (!facts.isOwn || facts.state === 'half-open') return;
    const occurrence = occurrenceOfQueue(facts, done);
    for (const name of this.options.queues) this.#channels.get(name)?.add(occurrence);
  }

  stop(): Promise<void> {
    for (const end of this.#endings) end();
    const { flushTimeoutMs } = this.options;
    return (this.#stopped ??= Promise.all([...this.#channels.values()].map((channel) => channel.stop(flushTimeoutMs))).then(() => undefined)); // prettier-ignore
  }

  /** Names that no channel has were refused at boot. */
  #attempt(facts: SunbeonEvents['attempt.ended']): void {
    if (facts.notify === undefined || facts.notify.length === 0) return;
    const occurrence = occurrenceOf(facts);
    if (occurrence === undefined) return;
    for (const name of new Set(facts.notify)) this.#channels.get(name)?.add(occurrence);
  }
}
