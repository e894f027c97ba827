import { setTimeout as wait } from 'node:timers/promises';
import type { Measure } from '../row.ts';
import { randomOf } from './random.ts';
import type { Child, Scenario } from './scenario.ts';

const MESSAGES = 10_000;
const WARM = 3_000;
const AT_ONCE = 100;
const LONGEST_MS = 5;
const SEED = 42;
const KEYS = [1, 20, 100, 1_000];

interface Table {
  readonly warm: number;
  readonly waitsMs: readonly number[];
}

interface Took {
  readonly seconds: number;
  /** The sum of the waits as the timers really fired. */
  readonly waitedSeconds: number;
}

/** The table of Confluent's Parallel Consumer: whole waits of 0 to 5 ms; here the first tasks warm the worker up. */
async function measure(child: Child, { warm, waitsMs }: Table): Promise<Took> {
  const client = await child.open();
  const { promise, resolve } = Promise.withResolvers<Took>();
  let [startMs, waitedMs, done] = [0, 0, 0];
  await client.work(async ({ n }) => {
    if (n < warm) return wait(1);
    const fromMs = performance.now();
    startMs ||= fromMs;
    const ms = waitsMs[n - warm]!;
    if (ms > 0) await wait(ms);
    const nowMs = performance.now();
    waitedMs += nowMs - fromMs;
    if (++done === waitsMs.length) resolve({ seconds: (nowMs - startMs) / 1_000, waitedSeconds: waitedMs / 1_000 });
  });
  return promise;
}

export const scenario: Scenario = {
  name: 'parallel-consumer-table',
  what: `${MESSAGES} messages of random 0–${LONGEST_MS} ms waits (seeded), 1 partition, ${AT_ONCE} at once. Ideal is the sum of the waits / min(keys, ${AT_ONCE}); a timer of Node fires up to a millisecond late, so there is a second ideal with the waits as they really were. Confluent’s Parallel Consumer 0.5.3.2 (Java, warm) gives for 1 / 20 / 100 / 1,000 keys and unordered 28.7 / 1.76 / 0.56 / 0.31 / 0.32 s in its README.`,
  needs: ['work', 'concurrent'],
  parts: { measure },
  async run(stage) {
    const random = randomOf(SEED);
    const count = stage.scaled(MESSAGES, 500);
    const waitsMs = Array.from({ length: count }, () => Math.floor(random() * (LONGEST_MS + 1)));
    const ideal = waitsMs.reduce((sum, ms) => sum + ms, 0) / 1_000;
    const measures: Measure[] = [];
    for (const keys of stage.system.can.includes('keys') ? [...KEYS, 0] : [0]) {
      // One key is one lane: 3,000 warm-up tasks of 1 ms would only be waited for.
      const warm = stage.scaled(keys === 1 ? 500 : WARM, 200);
      const place = stage.place({ partitions: 1, atOnce: AT_ONCE, order: keys === 0 ? 'none' : 'key' });
      await stage.fill(place, { count: warm + count, keys });
      const took = await stage.run<Took>('measure', place, { warm, waitsMs } satisfies Table);
      const lanes = keys === 0 ? AT_ONCE : Math.min(keys, AT_ONCE);
      const label = keys === 0 ? 'unordered' : `${keys} ${keys === 1 ? 'key' : 'keys'}`;
      const of = (metric: string, value: number): Measure => ({ metric: `${metric}, ${label}`, value, unit: 's', n: count }); // prettier-ignore
      measures.push(of('time', took.seconds), of('ideal', ideal / lanes), of('ideal of the timers', took.waitedSeconds / lanes)); // prettier-ignore
    }
    return measures;
  },
};
