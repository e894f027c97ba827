import {
  Inject,
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { workerData } from 'node:worker_threads';
import { SunbeonError } from '@sunbeon/core';
import { checkChannels } from '@sunbeon/core/channels';
import { channelsIn } from '@sunbeon/core/error-policy';
import type { ConsumerHealth } from '@sunbeon/core/ports';
import { checkBindings } from './claims.js';
import { SUNBEON_CONFIG, type SunbeonConfig } from './config.js';
import { Explorer, type FoundBinding } from './explorer.js';
import { withPolicies } from './policies.js';
import { isThread } from './threads/protocol.js';
import { Threads } from './threads/threads.js';
import { wire } from './wiring.js';

export type Phase = 'starting' | 'running' | 'stopping' | 'failed';

/**
 * Starts and stops the transport with the application. As a provider of a global module its hooks run before everybody's at
 * the start and after everybody's at the end; what must be the other way round is in `edge.module.ts`.
 */
@Injectable()
export class Runner implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  #bindings: readonly FoundBinding[] = [];
  #phase: Phase = 'starting';
  #startedMs: number | undefined;

  constructor(
    @Inject(SUNBEON_CONFIG) private readonly config: SunbeonConfig,
    private readonly explorer: Explorer,
    private readonly threads: Threads,
  ) {}

  get phase(): Phase {
    return this.#phase;
  }

  /** When consuming began, in milliseconds since the epoch; undefined before. */
  get startedMs(): number | undefined {
    return this.#startedMs;
  }

  get isConsuming(): boolean {
    return this.config.consume !== false && this.#bindings.length > 0;
  }

  consumers(): readonly ConsumerHealth[] {
    return this.config.transport.health();
  }

  /** All refusals come before anything is connected. */
  async onModuleInit(): Promise<void> {
    refuseInThread();
    const found = withPolicies(this.explorer.explore(), this.config.policies);
    checkBindings(found, this.config);
    if (this.config.consume !== false) for (const { policy, where } of found) checkChannels(channelsIn(policy.onError), this.config.notify?.channels ?? [], where); // prettier-ignore
    this.#bindings = found.map((binding) => wire(binding, this.config));
    if (this.isConsuming)
      await this.#orStop(async () => void (this.#bindings = await this.threads.start(this.#bindings)));
  }

  /** Before the other modules' bootstrap hooks: they may send. */
  async onApplicationBootstrap(): Promise<void> {
    const { transport, notify, clock } = this.config;
    notify?.start({ events: transport.events, clock });
    await this.#orStop(() => transport.start());
  }

  /** After the other modules' bootstrap hooks: handlers may use what those prepared. */
  async consume(): Promise<void> {
    if (this.isConsuming) await this.#orStop(() => this.config.transport.consume(this.#bindings));
    this.#startedMs = this.config.clock.now();
    this.#phase = 'running';
  }

  /** Before the other modules let go of what handlers use. Sending goes on to the end: requests under way may still enqueue. */
  async drain(): Promise<void> {
    this.#phase = 'stopping';
    await this.config.transport.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    this.#phase = 'stopping';
    await this.#stopAll();
  }

  /** What was told to nobody yet is told beside the rest: neither waits for the other. */
  async #stopAll(): Promise<void> {
    const told = this.config.notify?.stop();
    await this.config.transport.stop();
    await this.threads.stop();
    await told;
  }

  /** An application that fails to start calls no shutdown hook: open connections would keep the process alive. */
  async #orStop(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#phase = 'failed';
      await this.#stopAll();
      throw error;
    }
  }
}

/** A second transport in each thread would join the groups as so many members. */
function refuseInThread(): void {
  if (!isThread(workerData)) return;
  throw new SunbeonError('OPTION_INVALID', 'The module of the threads imports SunbeonModule.', {
    hint: 'Name a module in threads.module that has the handlers and what they need, without SunbeonModule: a thread has no transport, and a handler sends with context.enqueue.',
  });
}
