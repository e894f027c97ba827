import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from '../checker/history.js';

const CHUNK = 1 << 20;

/** Follows the histories of a folder while they are being written, and keeps the few numbers that a scenario steers by. */
export class Tail {
  readonly #files = new Map<string, { position: number; rest: string }>();
  /** Acknowledged, and not done. */
  readonly #open = new Set<string>();
  readonly #done = new Set<string>();
  /** Effects of each process. */
  readonly #effects = new Map<number, number>();

  constructor(private readonly folder: string) {}

  /** Messages that have come to their end: their last verdict was acknowledged. */
  get done(): number {
    return this.#done.size;
  }

  /** Acknowledged messages that have not come to their end. */
  get open(): number {
    return this.#open.size;
  }

  effectsOf(pid: number): number {
    return this.#effects.get(pid) ?? 0;
  }

  /** Reads what is new. */
  read(): void {
    const names = readdirSync(this.folder).filter((name) => /^(sender|consumer)-.*\.ndjson$/.test(name));
    for (const name of names) this.#read(name);
  }

  #read(name: string): void {
    const file = this.#files.get(name) ?? { position: 0, rest: '' };
    this.#files.set(name, file);
    const handle = openSync(join(this.folder, name), 'r');
    const buffer = Buffer.alloc(CHUNK);
    try {
      for (let bytes = -1; bytes !== 0; file.position += bytes) {
        bytes = readSync(handle, buffer, 0, CHUNK, file.position);
        const rows = (file.rest + buffer.toString('latin1', 0, bytes)).split('\n');
        file.rest = rows.pop()!;
        for (const row of rows) this.#note(JSON.parse(row) as Line);
      }
    } finally {
      closeSync(handle);
    }
  }

  #note(line: Line): void {
    if (line.kind === 'acked' && !this.#done.has(line.id)) this.#open.add(line.id);
    if (line.kind === 'effect') this.#effects.set(line.pid, (this.#effects.get(line.pid) ?? 0) + 1);
    if (line.kind === 'settled') this.#finish(line.id);
  }

  #finish(id: string): void {
    this.#done.add(id);
    this.#open.delete(id);
  }
}
