import type { Events } from '@sunbeon/core/events';

/** What is used of `node:process`. */
interface Teller {
  readonly stdout: { write(text: string, done: () => void): unknown };
  readonly send?: ((message: { readonly shadow: object }, done: () => void) => unknown) | undefined;
}

/**
 * Tells the report to whoever started this process, or on standard output as one line of JSON.
 * @returns the exit code, when it is told: 0 if no message fails now or has another output
 */
export function shadowEnded(events: Events, host: Teller): Promise<number> {
  return new Promise((resolve) => {
    events.on('shadow.ended', (shadow) => {
      const { different, failed, error } = shadow;
      const done = (): void => resolve(different + failed === 0 && error === undefined ? 0 : 1);
      if (host.send !== undefined) host.send({ shadow }, done);
      else host.stdout.write(`${JSON.stringify({ shadow })}\n`, done);
    });
  });
}
