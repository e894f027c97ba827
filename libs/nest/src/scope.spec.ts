import { afterEach, describe, expect, it } from '@jest/globals';
import { type CanActivate, Inject, Injectable, Module, type PipeTransform, Scope, UsePipes } from '@nestjs/common';
import { APP_GUARD, ContextIdFactory, ModuleRef, REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { type TaskContext } from '@sunbeon/core';
import { Apps } from './boot.fake.js';
import { add, landed } from './contracts.fake.js';
import { Handles, Subscribes } from './decorators.js';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

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

@Injectable()
class Adder {
  @Handles(add) add({ a, b }: Pair, context: TaskContext) {
    return { sum: a + b + context.attempt - 1 };
  }
}

describe('request scope', () => {
  const made: object[] = [];
  @Injectable({ scope: Scope.REQUEST })
  class Session {
    constructor(@Inject(REQUEST) readonly request: { payload: Pair; context: TaskContext }) {
      made.push(this);
    }
  }
  @Injectable()
  class Scoped {
    constructor(
      private readonly session: Session,
      private readonly modules: ModuleRef,
      @Inject(REQUEST) private readonly request: object,
    ) {}
    @UsePipes(Double)
    @Handles(add)
    async add({ a }: Pair) {
      const same = await this.modules.resolve(Session, ContextIdFactory.getByRequest(this.request), { strict: false });
      expect(same).toBe(this.session);
      return { sum: a + this.session.request.payload.a + this.session.request.context.attempt };
    }
  }

  it('makes new instances for each attempt, and gives them the request', async () => {
    const transport = await boot(Scoped, Session);
    expect(made).toHaveLength(0);
    await expect(transport.deliver('math.add', { a: 1, b: 0 })).resolves.toEqual({ sum: 4 });
    await expect(transport.deliver('math.add', { a: 1, b: 0 }, { attempt: 2 })).resolves.toEqual({ sum: 5 });
    expect(new Set(made).size).toBe(2);
  });

  it('reaches a handler through a request-scoped enhancer of the application', async () => {
    const payloads: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(@Inject(REQUEST) private readonly request: { payload: unknown }) {}
      canActivate(): boolean {
        return payloads.push(this.request.payload) > 0;
      }
    }
    const transport = await boot(Adder, { provide: APP_GUARD, scope: Scope.REQUEST, useClass: ScopedGuard });
    await transport.deliver('math.add', { a: 1, b: 1 });
    await transport.deliver('math.add', { a: 2, b: 2 });
    expect(payloads).toEqual([{ a: 1, b: 1 }, { a: 2, b: 2 }]); // prettier-ignore
  });

  it('resolves the class of its own module when another module has one of the same name', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Named {
      constructor(@Inject('NAME') private readonly name: string) {}
      @Subscribes(landed, { group: 'g' }) on() {
        return this.name;
      }
    }
    @Module({ providers: [Named, { provide: 'NAME', useValue: 'inner' }] })
    class Inner {}
    const transport = new FakeTransport();
    const imports = [SunbeonModule.forRoot({ transport }), Inner];
    const app = await Test.createTestingModule({
      imports,
      providers: [{ provide: 'NAME', useValue: 'outer' }],
    }).compile();
    await app.init();
    await expect(transport.deliver('flight.landed@g', 'A1')).resolves.toBe('inner');
    await app.close();
  });

  it('serves transient handlers too', async () => {
    let count = 0;
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient {
      readonly number = ++count;
      @Handles(add) add() {
        return { sum: this.number };
      }
    }
    const transport = await boot(Transient);
    const results = [await transport.deliver('math.add', {}), await transport.deliver('math.add', {})];
    expect(results).toEqual([{ sum: 1 }, { sum: 2 }]);
  });
});
