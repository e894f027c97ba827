import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Body,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  StandardSchemaValidationPipe,
  UsePipes,
} from '@nestjs/common';
import { type TaskContext } from '@sunbeon/core';
import { Apps } from './boot.fake.js';
import { add, landed } from './contracts.fake.js';
import { Handles, Subscribes } from './decorators.js';

type Pair = { a: number; b: number };

const apps = new Apps();
const boot = apps.boot.bind(apps);
afterEach(() => apps.close());

describe('a handler', () => {
  it('gets the payload and the context, and its instance', async () => {
    @Injectable()
    class Plain {
      readonly bonus = 10;
      @Handles(add) add({ a, b }: Pair, context: TaskContext) {
        return { sum: a + b + this.bonus + context.attempt };
      }
    }
    const transport = await boot(Plain);
    expect(transport.bindings).toMatchObject([
      { contract: add, group: undefined, policy: add.policy, where: 'Plain.add' },
    ]);
    await expect(transport.deliver('math.add', { a: 1, b: 2 }, { attempt: 3 })).resolves.toEqual({ sum: 16 });
  });

  it('subscribes to an event, once per group', async () => {
    const seen: string[] = [];
    @Injectable()
    class Both {
      @Subscribes(landed, { group: 'one', retry: { delaysMs: [5] } })
      @Subscribes(landed, { group: 'two', recordOutcomes: true })
      on(gate: string, context: TaskContext) {
        seen.push(`${gate} ${context.id}`);
      }
    }
    const transport = await boot(Both);
    await transport.deliver('flight.landed@one', 'A1', { id: 'x' });
    await transport.deliver('flight.landed@two', 'A2', { id: 'y' });
    expect(seen).toEqual(['A1 x', 'A2 y']);
    expect(transport.bindings).toMatchObject([
      { group: 'two', policy: { recordOutcomes: true } },
      { group: 'one', policy: { recordOutcomes: false, onError: [{ retry: { delaysMs: [5] } }] } },
    ]);
  });

  it('is found once when it is inherited, aliased or given again by a factory', async () => {
    class Base {
      @Handles(add) add({ a, b }: Pair) {
        return { sum: a + b };
      }
    }
    @Injectable()
    class Child extends Base {
      override add(pair: Pair) {
        return { sum: super.add(pair).sum * 2 };
      }
    }
    const transport = await boot(
      Child,
      { provide: 'ALIAS', useExisting: Child },
      { provide: 'AGAIN', inject: [Child], useFactory: (child: Child) => child },
    );
    expect(transport.bindings.map(({ where }) => where)).toEqual(['Child.add']);
    await expect(transport.deliver('math.add', { a: 1, b: 2 })).resolves.toEqual({ sum: 6 });
  });

  it('is not lost when another decorator replaces its function', async () => {
    const traced: MethodDecorator = (_target, _name, descriptor: PropertyDescriptor) => {
      const original = descriptor.value as (this: unknown, ...args: unknown[]) => unknown;
      descriptor.value = function (this: unknown, ...args: unknown[]) {
        return original.apply(this, args);
      };
    };
    @Injectable()
    class Traced {
      @traced
      @Handles(add)
      add({ a, b }: Pair) {
        return { sum: a + b };
      }
    }
    const transport = await boot(Traced);
    await expect(transport.deliver('math.add', { a: 1, b: 2 })).resolves.toEqual({ sum: 3 });
  });

  it('may say more about its parameters: a schema for the payload, a field of it, a decorator of its own', async () => {
    const Attempt = createParamDecorator((_data, host: ExecutionContext) => host.getArgByIndex<TaskContext>(1).attempt);
    const validate = (value: unknown) =>
      (value as Pair).a > 0 ? { value } : { issues: [{ message: 'is not positive', path: ['a'] }] };
    const schema = { '~standard': { version: 1 as const, vendor: 'spec', validate } };
    @Injectable()
    class Decorated {
      @UsePipes(new StandardSchemaValidationPipe())
      @Handles(add)
      add(@Body({ schema }) { a, b }: Pair, context: TaskContext) {
        return { sum: a + b + context.attempt };
      }
      // The arguments are not the contract's any more, which the compiler cannot know: hence unknown.
      @Subscribes(landed, { group: 'g' }) on(@Body('length') length: unknown, @Attempt() attempt: unknown) {
        return [length, attempt];
      }
    }
    const transport = await boot(Decorated);
    await expect(transport.deliver('math.add', { a: 1, b: 2 })).resolves.toEqual({ sum: 4 });
    await expect(transport.deliver('math.add', { a: 0, b: 2 })).rejects.toThrow(BadRequestException);
    await expect(transport.deliver('flight.landed@g', 'A1', { attempt: 5 })).resolves.toEqual([2, 5]);
  });
});
