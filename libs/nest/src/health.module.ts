import {
  Controller,
  type DynamicModule,
  Get,
  Header,
  HttpException,
  HttpStatus,
  Module,
  type Type,
} from '@nestjs/common';
import { refuseUnknownOptions } from '@sunbeon/core/options';
import { HEALTH_OPTIONS, type HealthOptions, type HealthReport, SunbeonHealth } from './health.js';

/**
 * A controller that answers `<path>/live`, `<path>/ready` and `<path>/startup` with 200 or 503 and the report as JSON.
 * @param path without a leading slash
 */
export function createHealthController(path: string): Type<unknown> {
  @Controller(path)
  class HealthController {
    constructor(private readonly health: SunbeonHealth) {}

    @Get('live')
    @Header('cache-control', 'no-store')
    live(): HealthReport {
      return orUnavailable(this.health.live());
    }

    @Get('ready')
    @Header('cache-control', 'no-store')
    ready(): HealthReport {
      return orUnavailable(this.health.ready());
    }

    @Get('startup')
    @Header('cache-control', 'no-store')
    startup(): HealthReport {
      return orUnavailable(this.health.startup());
    }
  }
  return HealthController;
}

function orUnavailable(report: HealthReport): HealthReport {
  if (report.ok) return report;
  throw new HttpException({ ...report }, HttpStatus.SERVICE_UNAVAILABLE);
}

/** `SunbeonHealth` and its HTTP door. Import beside `SunbeonModule`: `SunbeonHealthModule.register({ stallMs })`. */
@Module({})
export class SunbeonHealthModule {
  /** @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID` */
  static register(options: HealthOptions = {}): DynamicModule {
    refuseUnknownOptions(options, ['stallMs', 'path'], 'SunbeonHealthModule');
    return {
      module: SunbeonHealthModule,
      controllers: [createHealthController(options.path ?? 'health')],
      providers: [{ provide: HEALTH_OPTIONS, useValue: options }, SunbeonHealth],
      exports: [SunbeonHealth],
    };
  }
}
