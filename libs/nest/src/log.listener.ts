import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { Failure } from '@sunbeon/core';
import type { Events, MessageFacts, SunbeonEvents } from '@sunbeon/core/events';
import { SUNBEON_CONFIG, type SunbeonConfig } from './config.js';

/** A failure that lasts is said again after so long. */
const REPEAT_MS = 60_000;

type AttemptEnded = SunbeonEvents['attempt.ended'];

/** Writes what happens with Nest's Logger: one line each, without payloads. Off with `log: false`. */
@Injectable()
export class LogListener implements OnModuleInit, OnApplicationShutdown {
  readonly #logger = new Logger('Sunbeon');
  #endings: readonly (() => void)[] = [];
  /** When a commit of the group failed as it does now, so that a broker that is away is a line a minute and not two a second. */
  readonly #commits = new Map<string, { readonly why: string; readonly atMs: number }>();

  constructor(@Inject(SUNBEON_CONFIG) private readonly config: SunbeonConfig) {}

  onModuleInit(): void {
    const { log, transport } = this.config;
    if (log)
      this.#endings = [
        ...this.#ofMessages(transport.events),
        ...this.#ofClients(transport.events),
        ...this.#ofQueues(transport.events),
      ];
  }

  onApplicationShutdown(): void {
    for (const end of this.#endings) end();
    this.#endings = [];
  }

  #ofMessages(events: Events): (() => void)[] {
    const logger = this.#logger;
    return [
      events.on('attempt.ended', (facts) => this.#attempt(facts)),
      events.on('handler.overdue', (facts) =>
        logger.error(oneLine(`over its hard time limit and still running: ${place(facts)}`)),
      ),
      events.on('handler.ended-late', (facts) =>
        logger.warn(oneLine(`ended ${facts.lateMs} ms after its hard time limit: ${place(facts)}`)),
      ),
      ...this.#ofSuspects(events),
      events.on('settle.failed', (facts) =>
        logger.error(oneLine(`verdict not written, try ${facts.tries}: ${place(facts)}: ${text(facts.error)}`)),
      ),
      events.on('handler.logged', ({ level, id, contract, attempt, message, error }) => {
        const cause = error === undefined ? '' : `: ${text(error)}`;
        logger[level](oneLine(`${contract} ${id} attempt ${attempt}: ${message}${cause}`));
      }),
      events.on('alert.logged', ({ channel, level, message }) => logger[level](oneLine(`${channel}: ${message}`))),
      events.on('notify.failed', ({ channel, error, dropped }) =>
        logger.error(oneLine(`channel ${channel} was not told of ${dropped} failures: ${text(error)}`)),
      ),
    ];
  }

  #ofQueues(events: Events): (() => void)[] {
    const logger = this.#logger;
    return [
      events.on('queue.paused', ({ queue, state, reason, by, untilMs }) => {
        const until = untilMs === undefined ? '' : ` until ${new Date(untilMs).toISOString()}`;
        const what = state === 'half-open' ? 'is probed' : `is paused${until}`;
        logger.error(
          oneLine(`queue ${queue} ${what}: ${reason || 'no reason given'} (${state}, by ${by || 'nobody'})`),
        );
      }),
      events.on('queue.resumed', ({ queue, reason, by }) =>
        logger.log(oneLine(`queue ${queue} goes on: ${reason || 'no reason given'} (by ${by || 'nobody'})`)),
      ),
      events.on('control.failed', ({ topic, error }) =>
        logger.warn(oneLine(`control topic ${topic}: ${text(error)}; the work goes on`)),
      ),
    ];
  }

  #ofSuspects(events: Events): (() => void)[] {
    const logger = this.#logger;
    return [
      events.on('record.left-behind', (facts) =>
        logger.error(oneLine(`too large for ${facts.dlq}, and left until its topic's retention: ${place(facts)}`)),
      ),
      events.on('suspect.found', (facts) =>
        logger.warn(oneLine(`runs alone, for ${facts.deliveries} processes ended while it ran: ${place(facts)}`)),
      ),
      events.on('suspect.cleared', (facts) => logger.log(oneLine(`suspected no more: ${place(facts)}`))),
      events.on(
        'suspect.condemned',
        (facts) =>
        logger.error(oneLine(`will be buried in ${facts.afterMs} ms, for ${facts.deliveries} processes ended while it ran: ${place(facts)}`)), // prettier-ignore
      ),
    ];
  }

  #attempt(facts: AttemptEnded): void {
    const why = facts.error === undefined ? '' : `: ${text(facts.error)}`;
    if (facts.verdict === 'bury') this.#logger.error(oneLine(`buried ${place(facts)}${why}`));
    if (facts.verdict === 'retry') this.#logger.warn(oneLine(`will retry ${place(facts)}${why}`));
    if (facts.verdict === 'drop') this.#logger.debug(oneLine(`dropped ${place(facts)}${why}`));
    if (facts.verdict === 'hold') this.#logger.warn(oneLine(`on hold ${place(facts)}${why}`));
  }

  #commitFailed(group: string, why: string): void {
    const [last, atMs] = [this.#commits.get(group), this.config.clock.now()];
    if (last?.why === why && atMs - last.atMs < REPEAT_MS) return;
    this.#commits.set(group, { why, atMs });
    this.#logger.warn(oneLine(`commit failed, group ${group}: ${why}`));
  }

  #ofClients(events: Events): (() => void)[] {
    const logger = this.#logger;
    return [
      events.on('client.failed', ({ client, error, restarting }) =>
        logger.error(oneLine(`${client} failed, ${restarting ? 'restarting' : 'not restarting'}: ${text(error)}`)),
      ),
      events.on('client.recovered', ({ client }) => logger.log(oneLine(`${client} recovered`))),
      events.on('client.warned', ({ client, message }) => logger.warn(oneLine(`${client}: ${message}`))),
      events.on('commit.failed', ({ group, error }) => this.#commitFailed(group, text(error))),
      events.on('partitions.careful', ({ group, partitions }) =>
        logger.warn(oneLine(`an owner of group ${group} ended without letting go: ${partitions.join(' ')}`)),
      ),
      events.on('partitions.assigned', ({ group, partitions }) =>
        logger.debug(oneLine(`assigned to group ${group}: ${partitions.join(' ') || 'none'}`)),
      ),
      events.on('partitions.revoked', ({ group, partitions }) =>
        logger.debug(oneLine(`revoked from group ${group}: ${partitions.join(' ') || 'none'}`)),
      ),
      events.on('listener.failed', ({ event, error }) =>
        logger.error(oneLine(`a listener of "${event}" failed: ${text(error)}`)),
      ),
    ];
  }
}

function place({ contract, id, attempt, group, topic, partition, offset }: MessageFacts): string {
  return `${contract} ${id} attempt ${attempt} of group ${group} at ${topic}-${partition}@${offset}`;
}

function text({ code, name, message }: Failure): string {
  return name === code ? `${code} ${message}` : `${code} ${name}: ${message}`;
}

/** Long enough for what a person needs at a glance; the whole is in the DLQ and the results. */
const MAX_LINE = 1_000;

/** Messages and ids come from outside: no line breaks or control characters, so that nobody can forge a line. */
function oneLine(line: string): string {
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  return line.slice(0, MAX_LINE).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ');
}
