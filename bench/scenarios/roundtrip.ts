import { quantile } from '../meter.ts';
import type { Child, Scenario } from './scenario.ts';

interface RoundTrips {
  readonly warm: number;
  readonly count: number;
}

async function measure(child: Child, { warm, count }: RoundTrips): Promise<number[]> {
  const client = await child.open();
  await client.work(() => undefined);
  const tookMs: number[] = [];
  for (let n = 0; n < warm + count; n++) {
    const startMs = performance.now();
    await client.ask!({ n });
    if (n >= warm) tookMs.push(performance.now() - startMs);
  }
  return tookMs.sort((a, b) => a - b);
}

export const scenario: Scenario = {
  name: 'roundtrip',
  what: 'From the call to the task’s result in the caller’s hands, one at a time.',
  needs: ['work', 'replies'],
  parts: { measure },
  async run(stage) {
    const args: RoundTrips = { warm: stage.scaled(200, 50), count: stage.scaled(1_000, 100) };
    const tookMs = await stage.run<number[]>('measure', stage.place({ results: true }), args);
    return [0.5, 0.99].map((share) => ({
      metric: `p${share * 100}`,
      value: quantile(tookMs, share),
      unit: 'ms',
      n: tookMs.length,
    }));
  },
};
