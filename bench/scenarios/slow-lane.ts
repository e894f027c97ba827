import { setTimeout as wait } from 'node:timers/promises';
import type { Child, Scenario } from './scenario.ts';

const SIT_MS = 60_000;
const WITHOUT_MS = 20_000;
const WARM_MS = 3_000;
/** Each of the others waits a little, so that the handlers and not the client are the limit: 100 at once give 10,000/s. */
const OTHERS_MS = 10;
const MOST_PER_SECOND = 10_500;
const KEYS = 1_000;

interface SlowLane {
  readonly sits: boolean;
  readonly measuredMs: number;
}

/** @returns other tasks per second. The slow lane is that of task 0: it sits from the start to the end. */
async function measure(child: Child, { sits, measuredMs }: SlowLane): Promise<number> {
  const client = await child.open();
  let others = 0;
  const started = Promise.withResolvers<void>();
  await client.work(async ({ n }) => {
    if (n === 0) started.resolve();
    if (n === 0 && sits) return wait(WARM_MS + measuredMs);
    await wait(OTHERS_MS);
    if (n % KEYS !== 0) others += 1;
  });
  await started.promise;
  await wait(WARM_MS);
  const [before, fromMs] = [others, performance.now()];
  await wait(measuredMs);
  return ((others - before) / (performance.now() - fromMs)) * 1_000;
}

export const scenario: Scenario = {
  name: 'slow-lane',
  what: 'Throughput of the other lanes of a partition while one lane sits for a minute in its handler, and while none does. 1,000 keys, handlers of 10 ms, 100 at once, 1 partition.',
  needs: ['work', 'keys'],
  parts: { measure },
  async run(stage) {
    const throughput = async (sits: boolean, measuredMs: number): Promise<number> => {
      const place = stage.place({ partitions: 1 });
      await stage.fill(place, { count: Math.round(((WARM_MS + measuredMs) / 1_000) * MOST_PER_SECOND), keys: KEYS });
      return stage.run<number>('measure', place, { sits, measuredMs } satisfies SlowLane);
    };
    const sitMs = stage.scaled(SIT_MS, 3_000);
    const without = await throughput(false, stage.scaled(WITHOUT_MS, 3_000));
    const slow = await throughput(true, sitMs);
    const n = Math.round(sitMs / 1_000);
    return [
      { metric: 'others, no lane sits', value: without, unit: '1/s', n },
      { metric: 'others, one lane sits', value: slow, unit: '1/s', n },
      { metric: 'kept', value: (slow / without) * 100, unit: '%', n },
    ];
  },
};
