import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import { SunbeonError, toFailure } from '@sunbeon/core';
import type { Clock } from '@sunbeon/core/ports';
import { ADMIN, type ConsoleAdmin } from './admin.port.js';
import { toOverview, type Overview } from './overview.js';

/** Time between two polls of the cluster while somebody looks, in milliseconds. */
const POLL_EVERY_MS = 1_000;
/** Streams open at a time. Each is one socket and one callback; a page that is refused says so and tries again. */
const MAX_CLIENTS = 64;

/** What a stream gets: an overview, or why there is none now. */
export type FeedEvent =
  | { readonly type: 'overview'; readonly overview: Overview }
  | { readonly type: 'trouble'; readonly code: string; readonly message: string };

/** One listener of the feed. */
export interface FeedClient {
  next(event: FeedEvent): void;
  /** The console stops. */
  end(): void;
}

/** Injection token of the {@link Clock}. */
export const CLOCK = Symbol('sunbeon:console:clock');

/** One poll of the cluster shared by all who look; nothing is polled when nobody does. */
@Injectable()
export class OverviewFeed implements OnModuleDestroy {
  private readonly clients = new Set<FeedClient>();
  private reading: Promise<Overview> | undefined;
  private cancelTimer: (() => void) | undefined;
  private polling = false;
  private stopped = false;

  constructor(
    @Inject(ADMIN) private readonly admin: ConsoleAdmin,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The counts now; calls at the same time share one read. @throws whatever {@link ConsoleAdmin.overview} throws */
  read(): Promise<Overview> {
    this.reading ??= this.admin
      .overview()
      .then((queues) => toOverview(queues, this.clock.now()))
      .finally(() => (this.reading = undefined));
    return this.reading;
  }

  /** Sends each poll to the client until the returned function is called; undefined = full, or stopping. */
  join(client: FeedClient): (() => void) | undefined {
    if (this.stopped || this.clients.size >= MAX_CLIENTS) return undefined;
    this.clients.add(client);
    if (!this.polling) void this.poll();
    return () => this.leave(client);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopped = true;
    const clients = [...this.clients];
    for (const client of clients) this.leave(client);
    for (const client of clients) client.end();
    await this.admin.disconnect();
  }

  private leave(client: FeedClient): void {
    this.clients.delete(client);
    if (this.clients.size > 0 || this.cancelTimer === undefined) return;
    this.cancelTimer();
    this.cancelTimer = undefined;
    this.polling = false;
  }

  /** The next poll is set after this one has ended, so that a slow cluster is never asked twice at once. */
  private async poll(): Promise<void> {
    this.polling = true;
    this.cancelTimer = undefined;
    const event = await this.readEvent();
    for (const client of [...this.clients]) client.next(event);
    if (this.clients.size === 0) this.polling = false;
    else this.cancelTimer = this.clock.after(POLL_EVERY_MS, () => void this.poll());
  }

  private async readEvent(): Promise<FeedEvent> {
    try {
      return { type: 'overview', overview: await this.read() };
    } catch (error) {
      const code = error instanceof SunbeonError ? error.code : 'INTERNAL';
      return { type: 'trouble', code, message: toFailure(error).message };
    }
  }
}
