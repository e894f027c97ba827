import { ConfigurableModuleBuilder, Global, Module } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { EventPublisher, Tasks } from './client.js';
import {
  SUNBEON_CONFIG,
  SUNBEON_TRANSPORT,
  type SunbeonConfig,
  type SunbeonOptions,
  validateOptions,
} from './config.js';
import { SunbeonControl } from './control.js';
import { SunbeonEdgeModule } from './edge.module.js';
import { Explorer } from './explorer.js';
import { Invoker } from './invoker.js';
import { LogListener } from './log.listener.js';
import { MessageFactory } from './messages.js';
import { MetadataAccessor } from './metadata.accessor.js';
import { Runner } from './runner.js';
import { Threads } from './threads/threads.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<SunbeonOptions>({
  moduleName: 'Sunbeon',
})
  .setClassMethodName('forRoot')
  .build();

/**
 * Import once, in the root module: `SunbeonModule.forRoot({ transport, contracts })`, or `forRootAsync({ inject, useFactory })`.
 * Gives `Tasks` and `EventPublisher` everywhere, and runs the handlers found among all providers, if there are any.
 */
@Global()
@Module({
  imports: [DiscoveryModule, SunbeonEdgeModule],
  providers: [
    { provide: SUNBEON_CONFIG, inject: [MODULE_OPTIONS_TOKEN], useFactory: validateOptions },
    { provide: SUNBEON_TRANSPORT, inject: [SUNBEON_CONFIG], useFactory: (config: SunbeonConfig) => config.transport },
    EventPublisher,
    Explorer,
    Invoker,
    LogListener,
    MessageFactory,
    MetadataAccessor,
    Runner,
    SunbeonControl,
    Tasks,
    Threads,
  ],
  exports: [SUNBEON_CONFIG, SUNBEON_TRANSPORT, EventPublisher, MessageFactory, Runner, SunbeonControl, Tasks],
})
export class SunbeonModule extends ConfigurableModuleClass {}
