import { describe, expect, it } from '@jest/globals';
import { Controller, Injectable, Module, type ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { type Contract, defineEvent, defineTask, SunbeonError } from '@sunbeon/core';
import type { SunbeonOptions } from './config.js';
import { add, landed, multiply } from './contracts.fake.js';
import { Handles, Subscribes } from './decorators.js';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

@Injectable()
class Adder {
  @Handles(add) add() {
    return { sum: 0 };
  }
}

/** What booting ends in: nothing, or the error, which must come before anything is connected. */
async function boot(
  options: Partial<SunbeonOptions>,
  metadata: ModuleMetadata = {},
): Promise<SunbeonError | undefined> {
  const transport = new FakeTransport();
  const imports = [SunbeonModule.forRoot({ transport, log: false, ...options }), ...(metadata.imports ?? [])];
  try {
    const app = await Test.createTestingModule({ ...metadata, imports }).compile();
    await app.init();
    await app.close();
    return undefined;
  } catch (error) {
    expect(transport.journal).toEqual([]);
    expect(error).toBeInstanceOf(SunbeonError);
    return error as SunbeonError;
  }
}

describe('at decoration', () => {
  const apply = (decorator: (...args: never[]) => void, target: object = Adder.prototype) => {
    const descriptor = Object.getOwnPropertyDescriptor(Adder.prototype, 'add');
    return () => (decorator as (...args: unknown[]) => void)(target, 'add', descriptor);
  };

  it.each([
    [Handles(undefined as never), 'HANDLER_UNBOUND', /Adder\.add.*@Handles got undefined.*circular import/],
    [Handles(landed as never), 'HANDLER_UNBOUND', /Adder\.add.*"flight\.landed".*Use @Subscribes/],
    [Subscribes({} as never, { group: 'g' }), 'HANDLER_UNBOUND', /Adder\.add.*@Subscribes/],
    [Subscribes(add as never, { group: 'g' }), 'HANDLER_UNBOUND', /Adder\.add.*"math\.add".*Use @Handles/],
    [Subscribes(landed, { group: 'a.b' }), 'OPTION_INVALID', /Adder\.add.*"a\.b"/],
    [Subscribes(landed, { group: '' }), 'OPTION_INVALID', /Adder\.add/],
    [Subscribes(landed, undefined as never), 'OPTION_INVALID', /Adder\.add/],
    [Subscribes(landed, { group: 'g', retrys: 1 } as never), 'OPTION_UNKNOWN', /Adder\.add.*Did you mean "retry"/],
    [Subscribes(landed, { group: 'g', retry: { delaysMs: [-1] } }), 'OPTION_INVALID', /Adder\.add.*delaysMs/],
  ])('case %#: names the class and the method', (decorator, code, message) => {
    expect(apply(decorator)).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }));
  });

  it('refuses a static method', () => {
    expect(apply(Handles(add), Adder)).toThrow(expect.objectContaining({ code: 'HANDLER_UNBOUND', message: expect.stringMatching(/Adder\.add is static/) })); // prettier-ignore
  });
});

describe('at boot', () => {
  it('a handler on a controller', async () => {
    @Controller()
    class Door {
      @Handles(add) add() {
        return { sum: 0 };
      }
    }
    const error = await boot({}, { controllers: [Door] });
    expect(error).toMatchObject({ code: 'HANDLER_UNBOUND', message: expect.stringMatching(/Door\.add.*provider/) });
  });

  it('two handlers for one task', async () => {
    @Injectable()
    class Other {
      @Handles(add) sum() {
        return { sum: 1 };
      }
    }
    const error = await boot({}, { providers: [Adder, Other] });
    expect(error?.code).toBe('HANDLER_DUPLICATE');
    expect(error?.message).toMatch(/task "math\.add": Adder\.add \(RootTestModule\) and Other\.sum \(RootTestModule\)/);
  });

  it('one class provided in two modules', async () => {
    @Module({ providers: [Adder] })
    class Second {}
    const error = await boot({}, { providers: [Adder], imports: [Second] });
    expect(error).toMatchObject({
      code: 'HANDLER_DUPLICATE',
      message: expect.stringMatching(/Second.*provided in two modules/),
    });
  });

  it('two handlers for one event and group, but not two groups', async () => {
    @Injectable()
    class Twice {
      @Subscribes(landed, { group: 'g' }) one() {}
      @Subscribes(landed, { group: 'g' }) two() {}
    }
    @Injectable()
    class Groups {
      @Subscribes(landed, { group: 'g' }) one() {}
      @Subscribes(landed, { group: 'h' }) two() {}
    }
    const error = await boot({}, { providers: [Twice] });
    expect(error).toMatchObject({
      code: 'HANDLER_DUPLICATE',
      message: expect.stringMatching(/"flight\.landed" in group "g"/),
    });
    expect(await boot({}, { providers: [Groups] })).toBeUndefined();
  });

  it('a task of a claimed queue without handler', async () => {
    const error = await boot({ contracts: [add, multiply] }, { providers: [Adder] });
    expect(error?.code).toBe('HANDLER_MISSING');
    expect(error?.message).toMatch(/queue "math".*because of Adder\.add.*"math\.multiply".*@Handles/);
    const claimed = await boot({ contracts: [add], consume: { queues: ['math'] } });
    expect(claimed).toMatchObject({ code: 'HANDLER_MISSING', message: expect.stringMatching(/consume\.queues/) });
  });

  it('a queue that no task uses, and consuming without handlers', async () => {
    const error = await boot({ contracts: [add], consume: { queues: ['mth'] } }, { providers: [Adder] });
    expect(error).toMatchObject({ code: 'OPTION_INVALID', message: expect.stringMatching(/Did you mean "math"/) });
    expect((await boot({ consume: true }))?.code).toBe('HANDLER_MISSING');
  });

  it('two contracts of one name, declared or handled', async () => {
    const twin = defineTask({ name: 'math.add', queue: 'other', input: 'int' });
    const namesake = defineEvent({ name: 'math.add', schema: 'int' });
    expect((await boot({ contracts: [add, twin] }))?.code).toBe('CONTRACT_DUPLICATE');
    expect((await boot({ contracts: [namesake] }, { providers: [Adder] }))?.code).toBe('CONTRACT_DUPLICATE');
  });

  it.each<[object, string, RegExp]>([
    [{ contract: [] }, 'OPTION_UNKNOWN', /Did you mean "contracts"/],
    [{ consume: { queue: 'math' } }, 'OPTION_UNKNOWN', /Did you mean "queues"/],
    [{ transport: {} }, 'OPTION_INVALID', /transport/],
    [{ contracts: [undefined as unknown as Contract] }, 'OPTION_INVALID', /contracts\[0\].*circular import/],
    [{ source: 'my app' }, 'OPTION_INVALID', /source/],
    [{ resultTimeoutMs: 0 }, 'OPTION_INVALID', /resultTimeoutMs is 0/],
  ])('wrong options %#', async (options, code, message) => {
    expect(await boot(options)).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('nothing when all is well, also with a handler that "contracts" does not name', async () => {
    expect(await boot({ contracts: [landed], source: undefined as never }, { providers: [Adder] })).toBeUndefined();
    expect(await boot({ contracts: [add, multiply], consume: false }, { providers: [Adder] })).toBeUndefined();
    expect(await boot({ contracts: [add, multiply] })).toBeUndefined();
  });
});
