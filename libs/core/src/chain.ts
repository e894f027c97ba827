/** Wraps a handler: does something before, calls `next()` once at most, does something after. */
export type Middleware<Context> = (context: Context, next: () => Promise<unknown>) => Promise<unknown>;

/**
 * Composes middlewares around a handler; the first is the outermost. Without any it is the handler itself: what stands around
 * every message costs nothing where there is nothing.
 * @throws Error when a middleware calls `next()` twice: the handler would run twice in one attempt.
 */
export function compose<Context>(
  middlewares: readonly Middleware<Context>[],
  handler: (context: Context) => Promise<unknown>,
): (context: Context) => Promise<unknown> {
  if (middlewares.length === 0) return handler;
  return (context) => {
    let reached = -1;
    const call = async (index: number): Promise<unknown> => {
      if (index <= reached) throw new Error('next() was called twice in one middleware');
      reached = index;
      const middleware = middlewares[index];
      return middleware === undefined ? handler(context) : middleware(context, () => call(index + 1));
    };
    return call(0);
  };
}
