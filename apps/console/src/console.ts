import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Clock } from '@sunbeon/core/ports';
import { ADMIN, type ConsoleAdmin } from './admin.port.js';
import { HealthController } from './health.controller.js';
import { OverviewController } from './overview.controller.js';
import { CLOCK, OverviewFeed } from './overview.feed.js';
import { PageController } from './page.controller.js';
import { ProblemFilter } from './problem.filter.js';
import { SECURITY_HEADERS } from './security-headers.js';

@Module({})
class ConsoleModule {
  static with(admin: ConsoleAdmin, clock: Clock): DynamicModule {
    return {
      module: ConsoleModule,
      controllers: [PageController, OverviewController, HealthController],
      providers: [OverviewFeed, { provide: ADMIN, useValue: admin }, { provide: CLOCK, useValue: clock }],
    };
  }
}

/** The console over an admin, not yet listening. It only reads: every route is a GET. */
export async function createConsole(admin: ConsoleAdmin, clock: Clock): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({ bodyLimit: 1_024 });
  adapter.getInstance().addHook('onSend', async (_request, reply) => {
    reply.headers(SECURITY_HEADERS);
  });
  const app = await NestFactory.create<NestFastifyApplication>(ConsoleModule.with(admin, clock), adapter, {
    logger: ['error', 'warn'],
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter());
  return app;
}
