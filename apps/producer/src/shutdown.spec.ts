import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { endOnSignals } from './shutdown.js';

class FakeProcess extends EventEmitter {
  readonly codes: number[] = [];
  readonly written: string[] = [];
  readonly stderr = { write: (text: string) => this.written.push(text) };
  readonly exited = Promise.withResolvers<number>();

  exit(code: number): void {
    this.codes.push(code);
    this.exited.resolve(code);
  }
}

describe('endOnSignals', () => {
  it.each(['SIGTERM', 'SIGINT'])('closes the application on %s and exits 0', async (signal) => {
    const from = new FakeProcess();
    let closed = 0;
    endOnSignals({ close: async () => void closed++ }, from);
    from.emit(signal);
    expect(await from.exited.promise).toBe(0);
    expect(closed).toBe(1);
  });

  it('exits at once on a second signal', async () => {
    const from = new FakeProcess();
    endOnSignals({ close: () => new Promise(() => undefined) }, from);
    from.emit('SIGINT');
    from.emit('SIGTERM');
    expect(await from.exited.promise).toBe(130);
  });

  it('exits 1 and says why when the shutdown fails', async () => {
    const from = new FakeProcess();
    endOnSignals({ close: () => Promise.reject(new Error('stuck')) }, from);
    from.emit('SIGTERM');
    expect(await from.exited.promise).toBe(1);
    expect(from.written.join('')).toContain('stuck');
  });
});
