import { setTimeout as wait } from 'node:timers/promises';
import type { Child, Scenario } from './scenario.ts';

interface Idle {
  readonly warmMs: number;
  readonly measuredMs: number;
}

/** @returns percent of a core */
async function measure(child: Child, { warmMs, measuredMs }: Idle): Promise<number> {
  const client = await child.open();
  await client.work(() => undefined);
  await wait(warmMs);
  const before = process.cpuUsage();
  await wait(measuredMs);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1_000 / measuredMs) * 100;
}

export const scenario: Scenario = {
  name: 'idle',
  what: 'What a worker’s process takes while there is nothing to do.',
  needs: ['work'],
  parts: { measure },
  async run(stage) {
    const args: Idle = { warmMs: 5_000, measuredMs: stage.scaled(30_000, 5_000) };
    const value = await stage.run<number>('measure', stage.place(), args);
    return [{ metric: 'CPU', value, unit: '% of a core', n: Math.round(args.measuredMs / 1_000) }];
  },
};
