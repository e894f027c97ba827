import type { INestApplicationContext } from '@nestjs/common';

/** What is needed of the process, so that a test can send signals to an imitation. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  exit(code: number): void;
  readonly stderr: { write(text: string): unknown };
}

/** The exit code of a process that a second signal ended at once: 128 + SIGINT, as shells have it. */
const ENDED_AT_ONCE = 130;

/** First signal: drain, then exit 0. Second: exit at once. */
export function endOnSignals(app: Pick<INestApplicationContext, 'close'>, from: SignalSource = process): void {
  let ending = false;
  const end = (): void => {
    if (ending) return from.exit(ENDED_AT_ONCE);
    ending = true;
    app.close().then(
      () => from.exit(0),
      (error: unknown) => {
        from.stderr.write(`The shutdown failed: ${error instanceof Error ? error.stack : String(error)}\n`);
        from.exit(1);
      },
    );
  };
  from.on('SIGTERM', end);
  from.on('SIGINT', end);
}
