import { Module, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { Runner } from './runner.js';

/**
 * Starts consuming after every other module is ready, and drains before any other module lets go of its resources.
 *
 * Nest calls the hooks of modules by their distance from the root: the farthest first at the start, the nearest first at the
 * end; global modules count as farthest. On shutdown it runs all `onModuleDestroy`, then all `beforeApplicationShutdown`, closes
 * the HTTP server, then all `onApplicationShutdown`. Database modules close their pools in the first (Prisma's recipe) or the
 * last (mongoose, TypeORM: nestjs/mongoose#2309), so whoever drains later than the first `onModuleDestroy` of all lets running
 * handlers lose their database. Hence this module of its own, at a distance nearer than the root's: its `onModuleDestroy` comes
 * first of all, and its `onApplicationBootstrap` last of all. `lifecycle.spec.ts` fails when Nest changes this order.
 */
@Module({})
export class SunbeonEdgeModule implements OnApplicationBootstrap, OnModuleDestroy {
  constructor(
    modules: ModulesContainer,
    private readonly runner: Runner,
  ) {
    for (const module of modules.values()) if (module.metatype === SunbeonEdgeModule) module.distance = -1;
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.runner.consume();
  }

  async onModuleDestroy(): Promise<void> {
    await this.runner.drain();
  }
}
