import { quantile } from '../meter.ts';
import type { Child, Scenario } from './scenario.ts';

const PER_SECOND = 1_000;
const TICK_MS = 1;

interface Latency {
  readonly warmMs: number;
  readonly measuredMs: number;
}

/** Sender and worker are one process, so that one clock times both ends. */
async function measure(child: Child, { warmMs, measuredMs }: Latency): Promise<number[]> {
  const client = await child.open();
  const sentMs: number[] = [];
  const tookMs: number[] = [];
  const warm = Math.round((warmMs / 1_000) * PER_SECOND);
  const count = warm + Math.round((measuredMs / 1_000) * PER_SECOND);
  const { promise: received, resolve } = Promise.withResolvers<void>();
  await client.work(({ n }) => {
    if (n >= warm) tookMs.push(performance.now() - sentMs[n]!);
    if (n >= warm && tookMs.length === count - warm) resolve();
    return undefined;
  });
  await openLoop(count, (n) => {
    sentMs[n] = performance.now();
    return client.enqueue({ n });
  });
  await received;
  return tookMs.sort((a, b) => a - b);
}

/** Sends at its own pace, whatever becomes of what was sent. */
function openLoop(count: number, send: (n: number) => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  let next = 0;
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      const due = Math.min(count, Math.floor(((performance.now() - startMs) / 1_000) * PER_SECOND));
      while (next < due) send(next++).catch(reject);
      if (next < count) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
}

export const scenario: Scenario = {
  name: 'latency-1000ps',
  what: 'A thousand tasks per second, sent without waiting for anything; from the call to the start of the handler, in one process.',
  needs: ['single', 'work'],
  parts: { measure },
  async run(stage) {
    const args: Latency = { warmMs: stage.scaled(3_000, 1_000), measuredMs: stage.scaled(10_000, 1_000) };
    const tookMs = await stage.run<number[]>('measure', stage.place(), args);
    return [0.5, 0.95, 0.99].map((share) => ({
      metric: `p${share * 100}`,
      value: quantile(tookMs, share),
      unit: 'ms',
      n: tookMs.length,
    }));
  },
};
