import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { services as kafka } from './kafka.ts';
import { services as postgres } from './postgres.ts';
import { services as rabbitmq } from './rabbitmq.ts';
import { services as redis } from './redis.ts';
import type { RunningService, Service, ServiceName } from './service.ts';

export const SERVICES: readonly Service[] = [...kafka, ...redis, ...rabbitmq, ...postgres];

/** What is missing on this machine for a service and how to get it; undefined = nothing. */
export function missing(name: ServiceName): string | undefined {
  return SERVICES.find((service) => service.name === name)!.missing();
}

/** The servers of one run, in a temporary folder that goes with them. */
export class RunningServices {
  readonly #running = new Map<ServiceName, RunningService>();
  #folder: string | undefined;
  #starting: Promise<unknown> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  async start(names: Iterable<ServiceName>, log: (line: string) => void): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'sunbeon-bench-'));
    for (const service of SERVICES.filter(({ name }) => new Set(names).has(name))) {
      if (this.#stopped !== undefined) return;
      log(`starting ${service.name}`);
      await (this.#starting = this.#startOne(service));
    }
  }

  async #startOne(service: Service): Promise<void> {
    const folder = join(this.#folder!, service.name);
    await mkdir(folder);
    this.#running.set(service.name, await service.start(folder));
  }

  get(name: ServiceName): RunningService {
    const running = this.#running.get(name);
    if (running === undefined) throw new Error(`${name} does not run.`);
    return running;
  }

  /** Also in the middle of a start. Idempotent. */
  stop(): Promise<void> {
    return (this.#stopped ??= this.#stop());
  }

  async #stop(): Promise<void> {
    await this.#starting.catch(() => undefined); // whoever awaits the start hears of it
    await Promise.all([...this.#running.values()].map((running) => running.stop()));
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}
