import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Order, Report } from './child.ts';
import type { Acting, Filling, Scenario, Stage } from './scenarios/scenario.ts';
import type { Place, System } from './systems/system.ts';

const CHILD = join(import.meta.dirname, 'child.ts');
const PART_TIMEOUT_MS = 10 * 60_000;

export interface StageSettings {
  readonly scenario: Scenario;
  readonly system: System;
  readonly address: string;
  /** No other stage's places have it. */
  readonly name: string;
  readonly scale: number;
}

/** Conducts one scenario with one system; every part is a process of its own, and none is left behind. */
export class ChildStage implements Stage {
  readonly system: System;
  readonly #settings: StageSettings;
  readonly #children = new Set<ChildProcess>();
  readonly #places: Place[] = [];

  constructor(settings: StageSettings) {
    this.#settings = settings;
    this.system = settings.system;
  }

  scaled(value: number, least = 1): number {
    return Math.max(least, Math.round(value * this.#settings.scale));
  }

  place(settings: Partial<Place> = {}): Place {
    const { address, name } = this.#settings;
    const own = { address, name: `${name}${String.fromCharCode(97 + this.#places.length)}` };
    const place: Place = { partitions: 8, atOnce: 100, results: false, order: 'key', ...settings, ...own };
    this.#places.push(place);
    return place;
  }

  async fill(place: Place, filling: Filling): Promise<void> {
    const { filledBy = this.system.name } = this.system;
    await this.#spawn({ part: 'fill', system: filledBy, place, args: filling }).result;
  }

  async run<T>(part: string, place: Place, args?: unknown): Promise<T> {
    return (await this.spawn(part, place, args).result) as T;
  }

  spawn(part: string, place: Place, args?: unknown): Acting {
    return this.#spawn({ part, system: this.system.name, place, args });
  }

  /** Ends what still runs and removes what it has left in the server. */
  async close(): Promise<void> {
    await this.interrupt();
    for (const place of this.#places) await this.system.clean(place);
  }

  async interrupt(): Promise<void> {
    await Promise.all([...this.#children].map(kill));
  }

  #spawn(order: Omit<Order, 'scenario'>): Acting {
    const { node = [] } = this.#settings.scenario;
    const child = fork(CHILD, {
      // kafkajs without our patches sets negative timers: that is its affair, not a line of ours.
      execArgv: [...node, '--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'],
      env: { ...process.env, NODE_ENV: 'production', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
      stdio: ['ignore', 2, 2, 'ipc'], // what a library prints must not get between the rows
    });
    this.#children.add(child);
    child.once('exit', () => this.#children.delete(child));
    child.send({ ...order, scenario: this.#settings.scenario.name } satisfies Order);
    return acting(child, `${this.#settings.scenario.name} (${order.part}, ${order.system})`);
  }
}

function acting(child: ChildProcess, label: string): Acting {
  let isKilled = false;
  const result = new Promise<unknown>((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), PART_TIMEOUT_MS);
    child.on('message', (message: Report) => {
      if (message.kind === 'done') resolve(message.value);
      if (message.kind === 'failed') reject(new Error(`${label}: ${message.error}`));
    });
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      if (!isKilled) reject(new Error(`${label}: the process ended (${signal ?? code}) without a result.`));
    });
  });
  result.catch(() => undefined); // who awaits it hears of it; who does not must not end the benchmark
  return {
    result,
    said: (awaited) => Promise.race([said(child, awaited), result.then(() => undefined)]),
    async kill() {
      isKilled = true;
      await kill(child);
    },
  };
}

function said(child: ChildProcess, awaited: string): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (report: Report) => {
      if (report.kind === 'said' && report.message === awaited) resolve();
    });
  });
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
