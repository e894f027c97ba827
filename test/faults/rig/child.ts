import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

/**
 * The shell becomes the child, so its pid is the real one. A watcher beside it reads a pipe that only we hold: when we end in any
 * way, the group is killed, also a member that stands still or blocks.
 */
const GUARD =
  '( trap "" HUP INT TERM; cat <&3 >/dev/null; kill -KILL -$$ ) >/dev/null 2>&1 </dev/null & exec "$@" 3<&-';

export type Role = 'consumer' | 'sender' | 'reader' | 'delete-topic';

/** What V8 gives itself in the container of our Helm chart, of 384 MiB: half of it, and a 128th of that for each half of its young generation. */
const HEAP_OF_A_CONTAINER = '--max-old-space-size=192 --max-semi-space-size=2';

/** What a child is told; see `child/`. */
export interface ChildOptions {
  readonly folder: string;
  readonly brokers: readonly string[];
  readonly partitions: number;
  readonly [option: string]: unknown;
}

/** How a process ended: its exit code, or the signal. */
export type End = number | NodeJS.Signals;

/** A process of ours that cannot outlive us. */
export class Child {
  readonly role: Role;
  readonly ended: Promise<End>;
  /** Resolves when it says that it is ready; rejects when it ends before. */
  readonly ready: Promise<void>;
  output = '';
  isReady = false;
  readonly #child: ChildProcess;
  readonly #onFreeze: (kind: 'frozen' | 'thawed', pid: number) => void;

  constructor(role: Role, options: ChildOptions, on: Pick<ChildEvents, 'froze' | 'died'>) {
    this.role = role;
    this.#onFreeze = on.froze;
    const script = join(import.meta.dirname, '..', 'child', `${role}.mjs`);
    const env = { ...process.env, NODE_OPTIONS: HEAP_OF_A_CONTAINER, SUNBEON_FAULTS_CHILD: JSON.stringify(options) };
    const stdio: ('ignore' | 'pipe' | 'ipc')[] = ['ignore', 'pipe', 'pipe', 'pipe', 'ipc'];
    this.#child = spawn('sh', ['-c', GUARD, 'sh', NODE, script], { cwd: ROOT, env, stdio, detached: true });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output = (this.output + text).slice(-20_000)));
    }
    this.ended = once(this.#child, 'exit').then(([code, signal]) => {
      const end = (code ?? signal) as End;
      this.#killGroup(); // the watcher
      on.died(this.pid, end);
      return end;
    });
    this.ready = Promise.race([once(this.#child, 'message'), this.ended.then((end) => this.#endedEarly(end))]).then(() => void (this.isReady = true)); // prettier-ignore
    this.ready.catch(() => undefined); // who waits for it hears of it; so may nobody
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** kill -9; resolves when it is gone. */
  async kill(): Promise<void> {
    if (this.isRunning) process.kill(this.pid, 'SIGKILL');
    await this.ended;
  }

  /** SIGTERM; the answer is how it ended. */
  terminate(): Promise<End> {
    if (this.isRunning) process.kill(this.pid, 'SIGTERM');
    return this.ended;
  }

  freeze(): void {
    process.kill(this.pid, 'SIGSTOP');
    this.#onFreeze('frozen', this.pid);
  }

  thaw(): void {
    this.#onFreeze('thawed', this.pid);
    process.kill(this.pid, 'SIGCONT');
  }

  /** Blocks its event loop, which is no better than to stand still: noted as such. Resolves when it goes on. */
  async block(blockMs: number): Promise<void> {
    this.#onFreeze('frozen', this.pid);
    this.#child.send({ blockMs });
    await delay(blockMs);
    this.#onFreeze('thawed', this.pid);
  }

  #endedEarly(end: End): never {
    throw new Error(`The ${this.role} ended (${end}) before it was ready:\n${this.output}`);
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      return; // The whole group is gone already.
    }
  }
}

export interface ChildEvents {
  froze(kind: 'frozen' | 'thawed', pid: number): void;
  died(pid: number, end: End): void;
}
