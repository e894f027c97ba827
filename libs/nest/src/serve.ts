import { SunbeonError } from '@sunbeon/core';

type StopSignal = 'SIGINT' | 'SIGTERM';

/** What an app needs of its process; `node:process` fits. */
export interface Host {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  on(event: StopSignal | 'disconnect', listener: (signal: StopSignal) => void): unknown;
  exit(code: number): unknown;
  /** There when a supervisor started the process with a channel to it. */
  send?: ((message: { readonly ready: string }) => unknown) | undefined;
}

/** An app that is built but does not listen yet. */
export interface Servable {
  /** @returns the address that people can open. */
  listen(): Promise<string>;
  /** Drains, then returns. */
  close(): Promise<void>;
  /** Of an app that ends by itself: resolves with its exit code when it has nothing more to do. */
  readonly ended?: Promise<number> | undefined;
}

/** What is used of a Nest application on Fastify. */
interface HttpApp {
  init(): Promise<unknown>;
  close(): Promise<void>;
  getHttpAdapter(): { getInstance(): { listen(where: { port: number; host: string }): Promise<string> } };
}

/** A Nest application on Fastify as {@link serve} runs it. Fastify's own listen: Nest's logs a failure before we explain it. */
export function servable(app: HttpApp, where: { readonly port: number; readonly host: string }): Servable {
  return {
    async listen() {
      await app.init();
      return app.getHttpAdapter().getInstance().listen({ port: where.port, host: where.host });
    },
    close: () => app.close(),
  };
}

/** A graceful stop that takes longer than this is ended by force; consumers drain for less. */
const STOP_TIMEOUT_MS = 35_000;

/**
 * Runs an app until a signal. Exit codes: 0 after a graceful stop, 1 when it cannot start (one line on stderr says why) or
 * cannot stop in time, 128 + signal number at a second signal; its own where it ends by itself. A supervisor that dies stops it too: no process is left behind.
 */
export async function serve(name: string, build: () => Promise<Servable>, host: Host = process): Promise<void> {
  let app: Servable | undefined;
  try {
    app = await build();
    const stop = stopOnSignal(name, app, host);
    const url = await app.listen();
    host.stdout.write(`${name}: ready on ${url}\n`);
    host.send?.({ ready: url });
    void app.ended?.then(stop);
  } catch (error) {
    host.stderr.write(`${name}: ${explain(error)}\n`);
    await app?.close().catch(() => undefined); // it did not start; why is said above
    host.exit(1);
  }
}

/** @returns what stops it without a signal, for an exit code of its own */
function stopOnSignal(name: string, app: Servable, host: Host): (code: number) => void {
  let stopping = false;
  const stop = (signal: StopSignal | undefined): void => {
    if (stopping) return void host.exit(signal === 'SIGINT' ? 130 : 143);
    end(0);
  };
  const end = (code: number): void => {
    stopping = true;
    setTimeout(() => host.exit(1), STOP_TIMEOUT_MS).unref();
    app.close().then(
      () => host.exit(code),
      (error: unknown) => {
        host.stderr.write(`${name}: the stop failed: ${explain(error)}\n`);
        host.exit(1);
      },
    );
  };
  host.on('SIGTERM', stop);
  host.on('SIGINT', stop);
  host.on('disconnect', () => stopping || stop(undefined));
  return (code) => stopping || end(code);
}

/** One line that says what to do; a stack only for what nobody foresaw. */
export function explain(thrown: unknown): string {
  const { code, message, port, stack } = thrown as Partial<NodeJS.ErrnoException> & { port?: number };
  if (code === 'EADDRINUSE') return `port ${port} is in use. End what listens there, or set PORT to another one.`;
  if (code === 'EACCES') return `port ${port} may not be opened by this user. Set PORT to one above 1023.`;
  if (thrown instanceof SunbeonError) return `${thrown.code}: ${thrown.message}`;
  return stack ?? message ?? String(thrown);
}
