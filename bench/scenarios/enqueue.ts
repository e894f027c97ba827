import { Meter, type Rate } from '../meter.ts';
import type { Client, Task } from '../systems/system.ts';
import type { Child } from './scenario.ts';
import { tasks } from './fill.ts';

export interface Enqueue {
  readonly callers: number;
  /** Tasks per call. */
  readonly perCall: number;
  /** Tasks before and during the measurement. */
  readonly warm: number;
  readonly count: number;
  readonly maxMs: number;
}

/** Callers who each await their own call before the next. */
export async function measureEnqueue(child: Child, { callers, perCall, ...measured }: Enqueue): Promise<Rate> {
  const client = await child.open();
  const meter = new Meter(measured);
  let next = 0;
  const caller = async (): Promise<void> => {
    while (!meter.isOver) {
      const from = next;
      next += perCall;
      await send(client, tasks(from, next));
      for (let n = 0; n < perCall; n++) meter.tick();
    }
  };
  const done = Array.from({ length: callers }, caller);
  const rate = await Promise.race([meter.result(), ...done.map((one) => one.then(() => meter.result()))]);
  await Promise.all(done);
  await client.close();
  return rate;
}

function send(client: Client, batch: readonly Task[]): Promise<unknown> {
  return batch.length === 1 ? client.enqueue(batch[0]!) : client.enqueueMany(batch);
}
