import type { Child, Scenario } from './scenario.ts';

const TASKS = 1_000_000;
const PAD = 1_000;
const SAMPLE_MS = 50;
/**
 * What V8 gives itself by its rules (half of the memory; a 128th of that for each half of the young generation) in the container of our
 * Helm chart. On a machine with much memory it takes 100 MB more for its young generation alone, whatever the program does.
 */
const HEAP_OF_A_CONTAINER = ['--max-old-space-size=192', '--max-semi-space-size=2'];

interface Memory {
  readonly highestMb: number;
  readonly endMb: number;
  /** After a fifth of the tasks. */
  readonly earlyMb: number;
}

async function measure(child: Child, { count }: { readonly count: number }): Promise<Memory> {
  const client = await child.open();
  const { promise, resolve } = Promise.withResolvers<void>();
  let [done, highestMb, earlyMb] = [0, 0, 0];
  const sample = (): number => {
    const mb = process.memoryUsage.rss() / 1e6;
    highestMb = Math.max(highestMb, mb);
    return mb;
  };
  const timer = setInterval(sample, SAMPLE_MS);
  await client.work(() => {
    done += 1;
    if (done === Math.floor(count / 5)) earlyMb = sample();
    if (done === count) resolve();
    return undefined;
  });
  await promise;
  clearInterval(timer);
  const endMb = sample();
  return { highestMb, endMb, earlyMb };
}

export const scenario: Scenario = {
  name: 'backlog-memory',
  what: 'Resident memory of a worker’s process, with V8’s heap as in a container of 384 MiB, while it works off a million waiting tasks of 1 KB.',
  node: HEAP_OF_A_CONTAINER,
  needs: ['work', 'backlog'],
  parts: { measure },
  async run(stage) {
    const count = stage.scaled(TASKS, 10_000);
    const place = stage.place();
    await stage.fill(place, { count, pad: PAD });
    const { highestMb, endMb, earlyMb } = await stage.run<Memory>('measure', place, { count });
    const of = (metric: string, value: number) => ({ metric, value, unit: 'MB', n: count });
    return [of('RSS, highest', highestMb), of('RSS after a fifth', earlyMb), of('RSS at the end', endMb)];
  },
};
