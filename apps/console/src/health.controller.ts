import { Controller, Get, ServiceUnavailableException, type OnModuleDestroy } from '@nestjs/common';

/**
 * Probes. None of them asks the broker: without Kafka the console still serves its page and says what is wrong, and a
 * restart would not mend the broker.
 */
@Controller('health')
export class HealthController implements OnModuleDestroy {
  private stopping = false;

  @Get('live')
  live(): { status: string } {
    return { status: 'ok' };
  }

  @Get('startup')
  startup(): { status: string } {
    return { status: 'ok' };
  }

  @Get('ready')
  ready(): { status: string } {
    if (this.stopping) throw new ServiceUnavailableException('The console is stopping.');
    return { status: 'ok' };
  }

  onModuleDestroy(): void {
    this.stopping = true;
  }
}
