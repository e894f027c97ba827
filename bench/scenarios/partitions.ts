import type { Measure } from '../row.ts';
import type { Scenario } from './scenario.ts';
import { measureWorkOff, workOff } from './work-off.ts';

const PARTITIONS = [8, 64, 512];

export const scenario: Scenario = {
  name: 'partitions',
  what: 'No-ops with 10,000 keys, 100 at once, on more and more partitions.',
  needs: ['work', 'partitions'],
  parts: { measure: measureWorkOff },
  async run(stage) {
    const measures: Measure[] = [];
    for (const partitions of PARTITIONS) {
      const rate = await workOff(stage, stage.place({ partitions }), { keys: 10_000 });
      const label = `${partitions} partitions`;
      measures.push({ metric: `throughput, ${label}`, value: rate.perSecond, unit: '1/s', n: rate.n });
      measures.push({ metric: `CPU, ${label}`, value: rate.cpuMicrosPerTask, unit: 'µs/task', n: rate.n });
    }
    return measures;
  },
};
