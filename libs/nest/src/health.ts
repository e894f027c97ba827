import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { ConsumerHealth } from '@sunbeon/core/ports';
import { checkTimeout, SUNBEON_CONFIG, type SunbeonConfig } from './config.js';
import { OverdueHandlers } from './overdue.js';
import { type Phase, Runner } from './runner.js';

export interface HealthOptions {
  /**
   * A consumer that has not polled for this long is stuck, and so is a handler that runs for this long after its hard time limit.
   * In milliseconds; default: 60,000.
   */
  readonly stallMs?: number;
  /** Where the controller answers. Default: `health`. */
  readonly path?: string;
}

/** Injection token of the {@link HealthOptions}. */
export const HEALTH_OPTIONS = Symbol('SUNBEON_HEALTH_OPTIONS');

export interface HealthReport {
  readonly ok: boolean;
  readonly phase: Phase;
  /** One sentence for each thing that is wrong. */
  readonly problems: readonly string[];
  readonly consumers: readonly ConsumerHealth[];
}

const DEFAULT_STALL_MS = 60_000;

/** What an orchestrator asks. Never asks the broker: a broker's absence must not make every replica restart at once. */
@Injectable()
export class SunbeonHealth implements OnApplicationShutdown {
  readonly #stallMs: number;
  readonly #overdue: OverdueHandlers;

  constructor(
    private readonly runner: Runner,
    @Inject(SUNBEON_CONFIG) private readonly config: Pick<SunbeonConfig, 'clock' | 'transport'>,
    @Inject(HEALTH_OPTIONS) options: HealthOptions,
  ) {
    this.#stallMs = options.stallMs ?? DEFAULT_STALL_MS;
    checkTimeout(this.#stallMs, 'SunbeonHealthModule: stallMs');
    this.#overdue = new OverdueHandlers(config.transport.events, config.clock);
  }

  onApplicationShutdown(): void {
    this.#overdue.end();
  }

  /**
   * Not ok: restart this process. Every consumer must have polled within `stallMs`; one that never did counts from its start. A
   * handler that does not end for `stallMs` after its hard limit never will, and one that holds the last slot holds up all others.
   */
  live(): HealthReport {
    const { startedMs } = this.runner;
    const sinceStartMs = startedMs === undefined ? 0 : this.config.clock.now() - startedMs;
    return this.#report((consumer) => {
      const { group, overdue, slots = Infinity } = consumer;
      const ageMs = consumer.pollAgeMs ?? sinceStartMs;
      if (ageMs > this.#stallMs) return `group ${group} has not polled for ${ageMs} ms`;
      return overdue >= slots
        ? `group ${group} has ${slots} slots, all with handlers over their time limit`
        : undefined;
    }, this.#overdue.longerThan(this.#stallMs));
  }

  /** Not ok: send no traffic. The transport is started, not stopping, and every consumer is in its group. */
  ready(): HealthReport {
    return this.#report(
      // Not whether it has partitions: where members outnumber them, some have none.
      ({ group, isMember }) => (isMember ? undefined : `group ${group} is not joined`),
      this.runner.phase === 'running' ? [] : [`the application is ${this.runner.phase}`],
    );
  }

  /** Not ok: still starting; ask again. Stays ok once the application has started. */
  startup(): HealthReport {
    const { startedMs, phase } = this.runner;
    return this.#report(() => undefined, startedMs === undefined ? [`the application is ${phase}`] : []);
  }

  #report(problemOf: (consumer: ConsumerHealth) => string | undefined, problems: readonly string[] = []): HealthReport {
    const consumers = this.runner.consumers();
    const all = [...problems, ...consumers.map(problemOf).filter((problem) => problem !== undefined)];
    return { ok: all.length === 0, phase: this.runner.phase, problems: all, consumers };
  }
}
