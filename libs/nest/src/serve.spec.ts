import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import { explain, type Host, servable, type Servable, serve } from './serve.js';

/** A process that notes what is done to it. */
class FakeHost extends EventEmitter implements Host {
  out = '';
  err = '';
  readonly exits: number[] = [];
  readonly messages: object[] = [];
  readonly stdout = { write: (text: string) => void (this.out += text) };
  readonly stderr = { write: (text: string) => void (this.err += text) };
  readonly send = (message: object) => void this.messages.push(message);
  readonly #exited = Promise.withResolvers<number>();
  readonly exited = this.#exited.promise;

  exit(code: number): void {
    this.exits.push(code);
    this.#exited.resolve(code);
  }
}

/** An app that notes what is done to it. */
function fakeApp(over: Partial<Servable> = {}) {
  const done: string[] = [];
  const app: Servable = {
    listen: () => (done.push('listen'), Promise.resolve('http://here')),
    close: () => (done.push('close'), Promise.resolve()),
    ...over,
  };
  return { done, build: () => Promise.resolve(app) };
}

describe('an app that is served', () => {
  it.each(['SIGTERM', 'SIGINT'])(
    'says where it is, to people and to its supervisor, and stops on %s with code 0',
    async (signal) => {
      const [host, { done, build }] = [new FakeHost(), fakeApp()];
      await serve('console', build, host);
      expect([host.out, host.messages]).toEqual(['console: ready on http://here\n', [{ ready: 'http://here' }]]);
      host.emit(signal, signal);
      expect(await host.exited).toBe(0);
      expect([done, host.err]).toEqual([['listen', 'close'], '']);
    },
  );

  it('that has nothing more to do is closed, and ends with its own exit code', async () => {
    const [host, { done, build }] = [new FakeHost(), fakeApp({ ended: Promise.resolve(1) })];
    await serve('console', build, host);
    expect(await host.exited).toBe(1);
    host.emit('disconnect');
    expect([done, host.exits]).toEqual([['listen', 'close'], [1]]);
  });

  it('stops when its supervisor has gone', async () => {
    const [host, { done, build }] = [new FakeHost(), fakeApp()];
    await serve('console', build, host);
    host.emit('disconnect');
    host.emit('disconnect');
    expect(await host.exited).toBe(0);
    expect([done, host.exits]).toEqual([['listen', 'close'], [0]]);
  });

  it.each([['SIGINT', 130], ['SIGTERM', 143]])('ends at once at a second signal (%s: %i)', async (signal, code) => {
    const host = new FakeHost();
    await serve('console', fakeApp({ close: () => new Promise(() => undefined) }).build, host);
    host.emit('SIGTERM', 'SIGTERM');
    expect(host.exits).toEqual([]);
    host.emit(signal, signal);
    expect(host.exits).toEqual([code]);
  }); // prettier-ignore

  it('does not take the end of its supervisor for a second signal', async () => {
    const host = new FakeHost();
    await serve('console', fakeApp({ close: () => new Promise(() => undefined) }).build, host);
    host.emit('SIGINT', 'SIGINT');
    host.emit('disconnect');
    expect(host.exits).toEqual([]);
  });

  it('says why its stop failed, code 1', async () => {
    const host = new FakeHost();
    await serve('console', fakeApp({ close: () => Promise.reject(new Error('stuck')) }).build, host);
    host.emit('SIGTERM', 'SIGTERM');
    expect(await host.exited).toBe(1);
    expect(host.err).toMatch(/^console: the stop failed: Error: stuck/);
  });
});

describe('an app that cannot start', () => {
  it('says why in one line, code 1', async () => {
    const host = new FakeHost();
    const refusal = new SunbeonError('NO_CLUSTER', 'KAFKA_BROKERS is not set.', { hint: 'Set it.' });
    await serve('console', () => Promise.reject(refusal), host);
    expect([host.exits, host.out]).toEqual([[1], '']);
    expect(host.err).toBe('console: NO_CLUSTER: KAFKA_BROKERS is not set. Set it.\n');
  });

  it('closes what it has built, and says the first reason even if that fails too', async () => {
    const host = new FakeHost();
    const taken = Object.assign(new Error('listen'), { code: 'EADDRINUSE', port: 80 });
    let closed = 0;
    const close = () => (closed++, Promise.reject(new Error('second')));
    await serve('console', fakeApp({ listen: () => Promise.reject(taken), close }).build, host);
    expect([host.exits, closed]).toEqual([[1], 1]);
    expect(host.err).toBe('console: port 80 is in use. End what listens there, or set PORT to another one.\n');
  });
});

describe('an explanation', () => {
  it('is one line for what was foreseen, and a stack for what was not', () => {
    expect(explain(Object.assign(new Error(), { code: 'EACCES', port: 80 }))).toBe('port 80 may not be opened by this user. Set PORT to one above 1023.'); // prettier-ignore
    expect(explain(new TypeError('x'))).toMatch(/^TypeError: x\n\s+at /);
    expect(explain('x')).toBe('x');
  });
});

it('a Nest application is started before it listens, where it is told to', async () => {
  const done: unknown[] = [];
  const listen = (where: object) => (done.push(where), Promise.resolve('http://there'));
  const app = servable(
    {
      init: () => Promise.resolve(done.push('init')),
      close: () => Promise.resolve(void done.push('close')),
      getHttpAdapter: () => ({ getInstance: () => ({ listen }) }),
    },
    { port: 1, host: 'h' },
  );
  expect(await app.listen()).toBe('http://there');
  await app.close();
  expect(done).toEqual(['init', { port: 1, host: 'h' }, 'close']);
});
