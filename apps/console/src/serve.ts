import type { Clock } from '@sunbeon/core/ports';
import type { ConsoleAdmin } from './admin.port.js';
import { createConsole } from './console.js';
import { readSettings, type Settings } from './settings.js';

type StopSignal = 'SIGINT' | 'SIGTERM';

/** What the console needs of its process; `node:process` fits. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  on(signal: StopSignal, listener: (signal: StopSignal) => void): unknown;
  exit(code: number): unknown;
}

/** A graceful stop that takes longer than this is ended by force, in milliseconds. */
const STOP_TIMEOUT_MS = 10_000;

/**
 * Runs the console until a signal. Exit codes: 0 after a graceful stop, 1 when it cannot start (one line on stderr says
 * why) or cannot stop in time, 128 + signal number at a second signal.
 */
export async function serve(host: Host, connect: (settings: Settings) => ConsoleAdmin, clock: Clock): Promise<void> {
  try {
    const settings = readSettings(host.env);
    const app = await createConsole(connect(settings), clock);
    stopOnSignal(host, clock, () => app.close());
    await app.init();
    // Not app.listen(): it logs a failure a second time.
    const url = await app.getHttpAdapter().getInstance().listen({ port: settings.port, host: settings.host });
    if (!isLoopback(settings.host)) host.stderr.write(`console: ${settings.host} is open to others; it has no login\n`);
    host.stdout.write(`console: ready on ${url}\n`);
  } catch (error) {
    host.stderr.write(`console: ${explain(error)}\n`);
    host.exit(1);
  }
}

function stopOnSignal(host: Host, clock: Clock, close: () => Promise<void>): void {
  let stopping = false;
  const stop = (signal: StopSignal) => {
    if (stopping) return void host.exit(signal === 'SIGINT' ? 130 : 143);
    stopping = true;
    clock.after(STOP_TIMEOUT_MS, () => host.exit(1));
    close().then(
      () => host.exit(0),
      (error: unknown) => {
        host.stderr.write(`console: ${explain(error)}\n`);
        host.exit(1);
      },
    );
  };
  host.on('SIGTERM', stop);
  host.on('SIGINT', stop);
}

function explain(error: unknown): string {
  const { code, address, port } = error as { code?: string; address?: string; port?: number };
  if (code === 'EADDRINUSE') return `port ${port} on ${address} is in use. Stop what listens there, or set PORT.`;
  if (code === 'EACCES') return `no right to listen on port ${port}. Set PORT to one above 1023.`;
  return error instanceof Error ? error.message : String(error);
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
