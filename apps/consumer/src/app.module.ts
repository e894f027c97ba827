import { type DynamicModule, Module } from '@nestjs/common';
import { SunbeonHealthModule, SunbeonModule } from '@sunbeon/nest';
import type { Contract } from '@sunbeon/core';
import type { Transport } from '@sunbeon/core/ports';
import { AirportBook } from './airports/airport-book.js';
import { CONSUMER_CONFIG, type ConsumerConfig } from './config.js';
import { EmailHandler } from './handlers/email.handler.js';
import { FlightHandler } from './handlers/flight.handler.js';
import { ImageHandler } from './handlers/image.handler.js';
import { MathHandler } from './handlers/math.handler.js';

@Module({})
export class AppModule {
  static forRoot(config: ConsumerConfig, transport: Transport, contracts: readonly Contract[]): DynamicModule {
    return {
      module: AppModule,
      imports: [
        SunbeonModule.forRoot({
          transport,
          contracts,
          source: config.source,
          policies: config.policies,
          consume: true,
          notify: config.notify,
        }),
        SunbeonHealthModule.register(),
      ],
      providers: [
        { provide: CONSUMER_CONFIG, useValue: config },
        AirportBook,
        MathHandler,
        ImageHandler,
        FlightHandler,
        EmailHandler,
      ],
    };
  }
}
