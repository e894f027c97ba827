import { Meter, type Rate } from '../meter.ts';
import type { Place } from '../systems/system.ts';
import type { Child, Filling, Stage } from './scenario.ts';

export interface WorkOff {
  readonly warm: number;
  readonly count: number;
  readonly maxMs: number;
}

/** Works off what lies there, with handlers that do nothing; the first tasks warm the worker up. */
export async function measureWorkOff(child: Child, args: WorkOff): Promise<Rate> {
  const client = await child.open();
  const meter = new Meter(args);
  await client.work(() => {
    meter.tick();
    return undefined;
  });
  return meter.result(); // the process ends with it: nobody waits for what is left of the backlog
}

/** Fills a place and has it worked off. */
export async function workOff(stage: Stage, place: Place, filling: Partial<Filling> = {}): Promise<Rate> {
  const { work } = stage.system.pace;
  // Less than half a second of work would mostly be what a client has fetched before the measurement begins.
  const count = stage.scaled(work * 4, work / 2);
  const warm = Math.round(count / 2);
  await stage.fill(place, { count: warm + count, ...filling });
  return stage.run<Rate>('measure', place, { warm, count, maxMs: 8_000 } satisfies WorkOff);
}
