import { describe, expect, test } from '@jest/globals';
import { compose, type Middleware } from './chain.js';

const tracing =
  (name: string): Middleware<string[]> =>
  async (trace, next) => {
    trace.push(`${name} in`);
    const result = await next();
    trace.push(`${name} out`);
    return result;
  };

describe('compose', () => {
  test('the first middleware is the outermost, and the result comes back through all', async () => {
    const trace: string[] = [];
    const handle = compose([tracing('a'), tracing('b')], async (context) => (context.push('handler'), 42));
    expect(await handle(trace)).toBe(42);
    expect(trace).toEqual(['a in', 'b in', 'handler', 'b out', 'a out']);
  });

  test('without middlewares it is the handler', async () => {
    expect(await compose([], async (n: number) => n + 1)(1)).toBe(2);
  });

  test('a middleware may answer itself, change the answer, or catch', async () => {
    const fail = async (): Promise<unknown> => Promise.reject(new Error('no'));
    expect(await compose([async () => 'cached'], fail)({})).toBe('cached');
    expect(await compose([async (_context, next) => `<${String(await next())}>`], async () => 'x')({})).toBe('<x>');
    expect(await compose([async (_context, next) => next().catch((error: Error) => error.message)], fail)({})).toBe(
      'no',
    );
  });

  test('next() twice is refused, and the handler has run once', async () => {
    let runs = 0;
    const twice: Middleware<object> = async (_context, next) => [await next(), await next()];
    await expect(compose([twice], async () => runs++)({})).rejects.toThrow('next() was called twice');
    expect(runs).toBe(1);
  });

  test('one composed chain serves many messages at once', async () => {
    const handle = compose([tracing('a')], async (trace: string[]) => trace.push('handler'));
    const traces: string[][] = [[], [], []];
    await Promise.all(traces.map(handle));
    for (const trace of traces) expect(trace).toEqual(['a in', 'handler', 'a out']);
  });

  test('a synchronous throw is a rejection', async () => {
    const thrower = (() => {
      throw new Error('at once');
    }) as () => Promise<unknown>;
    await expect(compose([thrower], async () => 1)({})).rejects.toThrow('at once');
    expect(compose([], thrower)).toBe(thrower); // nothing stands between: whoever calls it catches
  });
});
