import { describe, expect, it } from '@jest/globals';
import { Global, Inject, Injectable, Module, type Provider } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { SunbeonOptions } from './config.js';
import { add } from './contracts.fake.js';
import { Handles } from './decorators.js';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

/** A resource that writes into the journal when each of Nest's hooks reaches it. */
@Injectable()
class Pool {
  constructor(@Inject('JOURNAL') private readonly journal: string[], @Inject('NAME') private readonly name: string) {} // prettier-ignore
  onModuleInit() {
    this.journal.push(`${this.name} init`);
  }
  onApplicationBootstrap() {
    this.journal.push(`${this.name} bootstrap`);
  }
  onModuleDestroy() {
    this.journal.push(`${this.name} destroy`);
  }
  beforeApplicationShutdown() {
    this.journal.push(`${this.name} before shutdown`);
  }
  onApplicationShutdown() {
    this.journal.push(`${this.name} shutdown`);
  }
}

@Injectable()
class Adder {
  @Handles(add) add() {
    return { sum: 0 };
  }
}

async function prepare(providers: Provider[], options: Partial<SunbeonOptions> = {}) {
  const journal: string[] = [];
  const transport = new FakeTransport(journal);
  const named = (name: string): Provider[] => [Pool, { provide: 'JOURNAL', useValue: journal }, { provide: 'NAME', useValue: name }]; // prettier-ignore
  @Global()
  @Module({ providers: named('global') })
  class GlobalPool {}
  @Module({ providers: named('deep') })
  class DeepPool {}
  @Module({ imports: [DeepPool], providers: [...named('near'), ...providers] })
  class Near {}
  const imports = [GlobalPool, Near, SunbeonModule.forRoot({ transport, log: false, ...options })];
  const app = await Test.createTestingModule({ imports, providers: named('root') }).compile();
  return { app, transport, journal };
}

const POOLS = ['root', 'near', 'deep', 'global'];

describe('the order of things', () => {
  it('a consumer starts to consume when all is ready, and drains before anything is let go', async () => {
    const { app, journal } = await prepare([Adder]);
    await app.init();
    const start = journal.splice(0);
    for (const pool of POOLS) expect(start.indexOf(`${pool} init`)).toBeLessThan(start.indexOf('transport start'));
    for (const pool of ['root', 'near', 'deep']) expect(start.indexOf(`${pool} bootstrap`)).toBeGreaterThan(start.indexOf('transport start')); // prettier-ignore
    expect(start.at(-1)).toBe('transport consume');
    await app.close();
    expect(journal[0]).toBe('transport drain');
    for (const pool of POOLS) expect(journal).toContain(`${pool} destroy`);
    // Not before: a request that is still served may enqueue.
    for (const pool of ['root', 'near', 'deep']) expect(journal.indexOf(`${pool} shutdown`)).toBeLessThan(journal.indexOf('transport stop')); // prettier-ignore
  });

  it('a producer consumes nothing, and can send until all others have shut down', async () => {
    const { app, journal } = await prepare([]);
    await app.init();
    expect(journal).not.toContain('transport consume');
    await app.close();
    const stop = journal.indexOf('transport stop');
    for (const pool of ['root', 'near', 'deep']) expect(journal.indexOf(`${pool} shutdown`)).toBeLessThan(stop);
  });

  it('consume: false starts nothing for the handlers that are there', async () => {
    const { app, journal } = await prepare([Adder], { consume: false });
    await app.init();
    await app.close();
    expect(journal).toContain('transport start');
    expect(journal).not.toContain('transport consume');
  });

  it('people are told from before the first attempt until after the last, also of a start that fails', async () => {
    for (const failOn of [undefined, 'start'] as const) {
      const told: string[] = [];
      const notify = {
        channels: [],
        start: () => void told.push(...journal, 'notify start'),
        stop: () => Promise.resolve(void told.push(...journal, 'notify stop')),
      };
      const { app, transport, journal } = await prepare([Adder], { notify });
      transport.failOn = failOn;
      const init = app.init();
      await (failOn === undefined ? init.then(() => app.close()) : expect(init).rejects.toThrow());
      const order = told.filter((step) => /^(transport|notify) /.test(step));
      expect(order[0]).toBe('notify start');
      expect(order.at(-1)).toBe('notify stop');
      expect(order.includes('transport drain')).toBe(failOn === undefined);
      expect(order).not.toContain('transport stop');
    }
  });

  it.each(['start', 'consume'] as const)('a %s that fails lets go of what was connected', async (failOn) => {
    const { app, transport, journal } = await prepare([Adder]);
    transport.failOn = failOn;
    await expect(app.init()).rejects.toThrow(`${failOn} failed`);
    expect(journal.at(-1)).toBe('transport stop');
  });
});
