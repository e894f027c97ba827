import { afterEach, describe, expect, it } from '@jest/globals';
import { types } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { Bury, defineEvent, defineTask, Retry, SunbeonError, type TaskContext } from '@sunbeon/core';
import { Handles, Subscribes } from '../decorators.js';
import { SunbeonModule } from '../sunbeon.module.js';
import { FakeTransport } from '../transport.fake.js';
import type { ThreadsOptions } from './options.js';

const crunch = defineTask({ name: 'crunch', queue: 'crunch', input: 'string', output: 'string' });
const crunched = defineEvent({ name: 'crunched', schema: 'string' });
const module = new URL('./crunch.fixture.mjs', import.meta.url);
const CRUNCH = { module, export: 'CrunchModule', size: 1 };

/** This side of the handler: named as in the fixture, never called. */
@Injectable()
class Crunch {
  @Handles(crunch, { isolate: 'thread' }) run(): string {
    throw new Error('not here');
  }
  @Subscribes(crunched, { group: 'g', isolate: 'thread' }) on(): void {
    throw new Error('not here');
  }
}

const apps: TestingModule[] = [];
afterEach(async () => {
  for (const app of apps.splice(0)) await app.close();
});

async function boot(threads?: ThreadsOptions, handlers = [Crunch] as (new () => unknown)[]) {
  const transport = new FakeTransport();
  const sunbeon = SunbeonModule.forRoot({ transport, log: false, ...(threads === undefined ? {} : { threads }) });
  const app = await Test.createTestingModule({ imports: [sunbeon], providers: handlers }).compile();
  apps.push(app);
  await app.init();
  return transport;
}

type Did = Record<string, unknown> & { do: string };
const never = new AbortController().signal;
const run = (transport: FakeTransport, payload: Did, context: Partial<TaskContext> = {}): Promise<unknown> =>
  transport.deliver('crunch', payload, { signal: never, ...context });

describe('a handler in a thread', () => {
  it('gets what was given and gives what it makes, each as what it was', async () => {
    const transport = await boot(CRUNCH);
    const value = { bytes: Buffer.from('ab'), big: 2n ** 70n, at: new Date(5), list: [1, null, undefined], map: new Map([[1, 'x']]) }; // prettier-ignore
    const back = (await run(transport, { do: 'echo', value })) as typeof value;
    expect(back).toEqual(value);
    expect([Buffer.isBuffer(back.bytes), types.isDate(back.at)]).toEqual([true, true]);
    expect(await run(transport, { do: 'injected' })).toBe('MiB');
    expect(await transport.deliver('crunched@g', { do: 'echo', value: 1 }, { signal: never })).toBe(1);
    expect(transport.bindings).toMatchObject([{ policy: { concurrency: 1 } }, { policy: { concurrency: 1 } }]);
  });

  it('has its context', async () => {
    const transport = await boot(CRUNCH);
    const facts = { id: 'i', attempt: 3, key: 'k', headers: { own: Buffer.from('x') }, topic: 't', partition: 1, offset: 9, sentMs: 5, deadlineMs: 7, isShadow: true }; // prettier-ignore
    expect(await run(transport, { do: 'facts' }, facts)).toEqual(facts);
  });

  it('sends and writes lines through the process', async () => {
    const transport = await boot(CRUNCH);
    const [sent, lines] = [[] as unknown[], [] as unknown[]];
    const context = {
      enqueue: async (contract: unknown, payload: unknown, options: unknown) => (sent.push([contract, payload, options]), `id-${sent.length}`), // prettier-ignore
      logger: { error: (message: string, cause: unknown) => void lines.push([message, String(cause)]) },
    } as unknown as Partial<TaskContext>;
    expect(await run(transport, { do: 'enqueue' }, context)).toEqual(['id-1', 'id-2', 'id-3']);
    expect(sent).toEqual([[crunched, 'a', undefined], [crunched, Buffer.from('b'), { name: 'second' }], [crunch, 'c', undefined]]); // prettier-ignore
    expect(lines).toEqual([['sending', 'Error: why']]);
    await expect(run(transport, { do: 'enqueue', what: 'unknown' }, context)).rejects.toMatchObject({ code: 'CONTRACT_UNKNOWN' }); // prettier-ignore
  });

  it.each([
    ['retry', (error: Retry) => error instanceof Retry && error.delayMs === 7 && error.message === 'busy'],
    ['bury', (error: Error) => error instanceof Bury && error.message === 'hopeless'],
    ['own', (error: Error) => error.constructor.name === 'TypeError' && error.message === 'oops' && /fixture/.test(error.stack!)], // prettier-ignore
    ['code', (error: SunbeonError) => error instanceof SunbeonError && error.code === 'PAYLOAD_INVALID'],
    ['text', (error: unknown) => error === 'just text'],
  ])('throws what it throws: %s', async (what, holds) => {
    const transport = await boot(CRUNCH);
    const thrown: unknown = await run(transport, { do: 'throws', what }).catch((error: unknown) => error);
    expect([thrown, holds(thrown as never)]).toEqual([thrown, true]);
  });

  it('cannot return what cannot be copied, and says so', async () => {
    await expect(run(await boot(CRUNCH), { do: 'promise' })).rejects.toThrow('could not be cloned');
  });

  it('hears that it has to end, and why', async () => {
    const transport = await boot(CRUNCH);
    const [stop, reason] = [new AbortController(), new SunbeonError('TIME_LIMIT_EXCEEDED', 'enough')];
    const running = run(transport, { do: 'aborted' }, { signal: stop.signal });
    const queued = new AbortController();
    const waiting = run(transport, { do: 'echo' }, { signal: queued.signal });
    queued.abort('not even begun');
    await expect(waiting).rejects.toBe('not even begun');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
  });
});

describe('a thread', () => {
  it('is ended with its attempt, also while it computes, and replaced', async () => {
    const transport = await boot(CRUNCH);
    const over = new AbortController();
    const binding = transport.bindings.find(({ contract }) => contract === crunch)!;
    const begun = Promise.withResolvers<void>();
    const context = { id: 'i', signal: never, logger: { log: () => begun.resolve() } } as unknown as TaskContext;
    const spinning = binding.handle({ do: 'spin' }, context, over);
    spinning.catch(() => undefined);
    await begun.promise;
    over.abort();
    await expect(spinning).rejects.toMatchObject({ code: 'THREAD_DIED' });
    expect(await run(transport, { do: 'echo', value: 'again' })).toBe('again');
  });

  it('does not begin what is given up already', async () => {
    const transport = await boot(CRUNCH);
    const binding = transport.bindings.find(({ contract }) => contract === crunch)!;
    const context = { id: 'i', signal: never, logger: { log: () => undefined } } as unknown as TaskContext;
    const over = new AbortController();
    over.abort();
    await expect(binding.handle({ do: 'spin' }, context, over)).rejects.toMatchObject({ code: 'THREAD_DIED' });
  });

  it.each([
    ['exit', {}, 'exit code 3'],
    ['unheard', {}, 'RangeError: nobody listens'],
    ['memory', { maxOldSpaceMb: 32 }, 'memory'],
  ])('that dies of "%s" fails its attempt only', async (how, options, why) => {
    const transport = await boot({ ...CRUNCH, ...options });
    await expect(run(transport, { do: how })).rejects.toMatchObject({ code: 'THREAD_DIED', retriable: true, message: expect.stringContaining(why) }); // prettier-ignore
    expect(await run(transport, { do: 'echo', value: 'again' })).toBe('again');
  });

  it('is one of as many as are needed, up to the size', async () => {
    const transport = await boot({ ...CRUNCH, size: 2 });
    const stop = new AbortController();
    const blocked = [1, 2].map(() => run(transport, { do: 'aborted' }, { signal: stop.signal }).catch(() => 'ended'));
    const third = run(transport, { do: 'echo', value: 3 });
    stop.abort();
    expect(await Promise.all([...blocked, third])).toEqual(['ended', 'ended', 3]);
  });
});

describe('refused at boot', () => {
  class Elsewhere {
    @Handles(crunch, { isolate: 'thread' }) run(): string {
      return '';
    }
  }
  // prettier-ignore
  it.each([
    ['no threads.module',                undefined,                              [Crunch],    'OPTION_INVALID',  'has no threads.module'],
    ['a path for a URL',                 { module: 'handlers.js' },              [Crunch],    'OPTION_INVALID',  'Give a URL'],
    ['a stray option',                   { module, sizes: 1 },                   [Crunch],    'OPTION_UNKNOWN',  'Did you mean "size"?'],
    ['no thread at all',                 { module, size: 0 },                    [Crunch],    'OPTION_INVALID',  'threads.size is 0'],
    ['two modules and no word of which', { module },                             [Crunch],    'OPTION_INVALID',  'more than one class. Say which of its exports is the module with threads.export: BrokenModule, CrunchModule'],
    ['a handler that is not there',      CRUNCH,                                 [Elsewhere], 'HANDLER_MISSING', 'crunch of Elsewhere.run is isolated'],
  ])('%s', async (_what, threads, handlers, code, message) => {
    await expect(boot(threads as ThreadsOptions, handlers)).rejects.toMatchObject({ code, message: expect.stringContaining(message) as unknown });
  });

  it('a module that does not start, with its own error', async () => {
    await expect(boot({ ...CRUNCH, export: 'BrokenModule' })).rejects.toThrow('no database');
  });

  it('nothing where nothing is isolated: no thread is started', async () => {
    await expect(boot({ ...CRUNCH, export: 'BrokenModule' }, [])).resolves.toBeDefined();
  });
});
