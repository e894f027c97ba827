import { afterEach, describe, expect, it } from '@jest/globals';
import {
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  type NestInterceptor,
  type PipeTransform,
  SetMetadata,
  UseGuards,
  UseInterceptors,
  UsePipes,
} from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE, Reflector } from '@nestjs/core';
import { type TaskContext } from '@sunbeon/core';
import { map, type Observable } from 'rxjs';
import { Apps } from './boot.fake.js';
import { add } from './contracts.fake.js';
import { Handles } from './decorators.js';

type Pair = { a: number; b: number };

const apps = new Apps();
const boot = apps.boot.bind(apps);
afterEach(() => apps.close());

@Injectable()
class Double implements PipeTransform<Pair> {
  transform(value: Pair): Pair {
    if (typeof value.a !== 'number') throw new Error('a pipe got something that is no payload');
    return { a: value.a * 2, b: value.b * 2 };
  }
}

class OnlyFirstAttempt implements CanActivate {
  canActivate(host: ExecutionContext): boolean {
    return host.getType<string>() === 'sunbeon' && host.getArgByIndex<TaskContext>(1).attempt === 1;
  }
}

class PlusOne implements NestInterceptor {
  intercept(_host: ExecutionContext, next: CallHandler<{ sum: number }>): Observable<unknown> {
    return next.handle().pipe(map(({ sum }) => ({ sum: sum + 1 })));
  }
}

@Injectable()
class Adder {
  @Handles(add) add({ a, b }: Pair, context: TaskContext) {
    return { sum: a + b + context.attempt - 1 };
  }
}

describe('enhancers', () => {
  it('of a method: guard, pipe on the payload only, interceptor', async () => {
    @Injectable()
    class Enhanced {
      @UseGuards(OnlyFirstAttempt)
      @UsePipes(Double)
      @UseInterceptors(PlusOne)
      @Handles(add)
      add({ a, b }: Pair, context: TaskContext) {
        return { sum: a + b + context.attempt };
      }
    }
    const transport = await boot(Enhanced);
    await expect(transport.deliver('math.add', { a: 1, b: 2 })).resolves.toEqual({ sum: 8 });
    await expect(transport.deliver('math.add', { a: 1, b: 2 }, { attempt: 2 })).rejects.toThrow(ForbiddenException);
  });

  it('of a class', async () => {
    @Injectable()
    @UseGuards(OnlyFirstAttempt)
    @UsePipes(new Double())
    @UseInterceptors(PlusOne)
    class Enhanced extends Adder {}
    const transport = await boot(Enhanced);
    await expect(transport.deliver('math.add', { a: 1, b: 2 })).resolves.toEqual({ sum: 7 });
    await expect(transport.deliver('math.add', { a: 1, b: 2 }, { attempt: 2 })).rejects.toThrow(ForbiddenException);
  });

  it('of the application', async () => {
    const transport = await boot(
      Adder,
      { provide: APP_GUARD, useClass: OnlyFirstAttempt },
      { provide: APP_PIPE, useClass: Double },
      { provide: APP_INTERCEPTOR, useClass: PlusOne },
    );
    await expect(transport.deliver('math.add', { a: 1, b: 2 })).resolves.toEqual({ sum: 7 });
    await expect(transport.deliver('math.add', { a: 1, b: 2 }, { attempt: 2 })).rejects.toThrow(ForbiddenException);
  });

  it('read metadata of the method and the class', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class ReadsMetadata implements CanActivate {
      constructor(private readonly reflector: Reflector) {}
      canActivate(host: ExecutionContext): boolean {
        seen.push(this.reflector.get('role', host.getHandler()), host.getClass().name, host.getHandler().name);
        return true;
      }
    }
    @Injectable()
    class Guarded {
      @SetMetadata('role', 'adder')
      @UseGuards(ReadsMetadata)
      @Handles(add)
      add({ a, b }: Pair) {
        return { sum: a + b };
      }
    }
    const transport = await boot(Guarded);
    await transport.deliver('math.add', { a: 1, b: 2 });
    expect(seen).toEqual(['adder', 'Guarded', 'add']);
  });
});
