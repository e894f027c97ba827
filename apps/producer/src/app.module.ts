import { type DynamicModule, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { ContractRegistry } from '@sunbeon/core';
import { SunbeonHealthModule, SunbeonModule } from '@sunbeon/nest';
import { AskController } from './ask.controller.js';
import { ContractsController } from './contracts.controller.js';
import { DOOR, type Door } from './door.js';
import { Intake } from './intake.js';
import { ProblemFilter } from './problem.filter.js';
import { SayController } from './say.controller.js';
import { WaitingRoom } from './waiting.js';

/** First step of a shutdown: whoever waits is answered, before the server stops listening and the transport drains. */
@Injectable()
class CloseWaitingRoom implements OnModuleDestroy {
  constructor(private readonly room: WaitingRoom) {}

  onModuleDestroy(): void {
    this.room.close();
  }
}

/** The HTTP door, around a transport that is given. */
@Module({})
export class AppModule {
  static forRoot(door: Door): DynamicModule {
    const { transport, contracts, source, clock } = door;
    return {
      module: AppModule,
      imports: [
        SunbeonModule.forRoot({ transport, contracts, source, clock, consume: false }),
        SunbeonHealthModule.register(),
      ],
      controllers: [SayController, AskController, ContractsController],
      providers: [
        Intake,
        CloseWaitingRoom,
        { provide: DOOR, useValue: door },
        { provide: ContractRegistry, useFactory: () => new ContractRegistry(contracts) },
        { provide: WaitingRoom, useFactory: () => new WaitingRoom(door.maxWaiters) },
        { provide: APP_FILTER, useClass: ProblemFilter },
      ],
    };
  }
}
