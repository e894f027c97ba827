import type { Io } from '../command.js';

/** Says what is being waited for, once it takes longer than two seconds, and then every five. */
export class Progress {
  constructor(private readonly io: Io) {}

  say(text: string): void {
    this.io.out(`  ${text}\n`);
  }

  async during<T>(what: () => string, work: Promise<T>): Promise<T> {
    const startedMs = Date.now();
    const tick = (): void => this.say(`… ${what()} (${Math.round((Date.now() - startedMs) / 1_000)} s)`);
    const first = setTimeout(tick, 2_000);
    const every = setInterval(tick, 5_000);
    try {
      return await work;
    } finally {
      clearTimeout(first);
      clearInterval(every);
    }
  }
}
