import type { Arguments } from './arguments.ts';
import { versionOf } from './machine.ts';
import { medians, rounded, type Row } from './row.ts';
import type { Scenario } from './scenarios/scenario.ts';
import { SCENARIOS } from './scenarios/index.ts';
import type { RunningServices } from './services/index.ts';
import { missing } from './services/index.ts';
import { ChildStage } from './stage.ts';
import { SYSTEMS } from './systems/index.ts';
import type { System, Variant } from './systems/system.ts';

type Log = (line: string) => void;

/** A system with one of its durabilities. */
export interface Contestant {
  readonly system: System;
  readonly variant: Variant;
}

/** Who takes part on this machine; says who does not, and why. */
export function contestants(names: readonly string[], log: Log): Contestant[] {
  const all = SYSTEMS.filter(({ name }) => names.includes(name)).flatMap((system) =>
    system.variants.map((variant) => ({ system, variant })),
  );
  return all.filter(({ system, variant }) => {
    const reason = missing(variant.service);
    if (reason !== undefined) log(`${system.name} (${variant.durability}) is skipped: ${reason}.`);
    return reason === undefined;
  });
}

/** Measures everything, in turns: drift of the machine hits all alike. */
export class Runs {
  readonly #services: RunningServices;
  readonly #log: Log;
  readonly #failed: string[] = [];
  #stage: ChildStage | undefined;
  #stages = 0;
  #isInterrupted = false;

  constructor(services: RunningServices, log: Log) {
    this.#services = services;
    this.#log = log;
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  /** What did not give a figure. */
  get failed(): readonly string[] {
    return this.#failed;
  }

  async measure(field: readonly Contestant[], { only, runs, scale }: Arguments): Promise<Row[]> {
    const scenarios = SCENARIOS.filter(({ name }) => only.includes(name));
    await this.#warm(field, Math.min(0.25, scale / 2));
    const rows: Row[] = [];
    for (const scenario of scenarios) {
      const able = field.filter(({ system }) => scenario.needs.every((ability) => system.can.includes(ability)));
      for (let run = 1; run <= runs; run++) {
        for (const one of able) rows.push(...(await this.#run(scenario, one, { scale, label: `${run} of ${runs}` })));
      }
    }
    return medians(rows);
  }

  /** Ends what runs; nothing new starts. */
  async interrupt(): Promise<void> {
    this.#isInterrupted = true;
    await this.#stage?.interrupt();
  }

  /** A server that has just started is slow: one round that does not count. */
  async #warm(field: readonly Contestant[], scale: number): Promise<void> {
    for (const name of ['enqueue-single', 'process-noop']) {
      const scenario = SCENARIOS.find((one) => one.name === name)!;
      const able = field.filter(({ system }) => scenario.needs.every((ability) => system.can.includes(ability)));
      for (const one of able) await this.#run(scenario, one, { scale, label: 'warm-up' });
    }
  }

  async #run(
    scenario: Scenario,
    { system, variant }: Contestant,
    how: { scale: number; label: string },
  ): Promise<Row[]> {
    if (this.#isInterrupted) return [];
    const { address, version } = this.#services.get(variant.service);
    const stage = new ChildStage({ scenario, system, address, name: `b${++this.#stages}`, scale: how.scale });
    this.#stage = stage;
    const who = `${scenario.name} · ${system.name} (${variant.durability}) · ${how.label}`;
    try {
      const measures = await scenario.run(stage);
      for (const { metric, value, unit } of measures) this.#log(`${who}: ${metric} ${rounded(value)} ${unit}`);
      const of = { scenario: scenario.name, system: system.name, version: `${versionOf(system.package)} / ${version}` };
      return measures.map(({ metric, value, unit, n }) => ({ ...of, metric, value, unit, durability: variant.durability, n })); // prettier-ignore
    } catch (error) {
      if (!this.#isInterrupted) this.#fail(who, error);
      return [];
    } finally {
      await stage.close().catch((error: unknown) => this.#log(`${who}: not cleaned up: ${String(error)}`));
    }
  }

  #fail(who: string, error: unknown): void {
    this.#failed.push(who);
    this.#log(`${who}: FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }
}
