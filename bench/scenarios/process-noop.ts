import type { Measure } from '../row.ts';
import type { Scenario } from './scenario.ts';
import { measureWorkOff, workOff } from './work-off.ts';

export const scenario: Scenario = {
  name: 'process-noop',
  what: 'One worker works off a backlog of tasks whose handler does nothing, without results. Of kafkajs: `eachBatch` over the records that Sunbeon wrote, nothing committed; of Nest’s Kafka transport: one after the other, it knows nothing else.',
  needs: ['work'],
  parts: { measure: measureWorkOff },
  async run(stage) {
    const isConcurrent = stage.system.can.includes('concurrent');
    const measures: Measure[] = [];
    for (const atOnce of isConcurrent ? [1, 100] : [1]) {
      const { perSecond, n } = await workOff(stage, stage.place({ atOnce }));
      const metric = isConcurrent ? `throughput, ${atOnce} at once` : 'throughput';
      measures.push({ metric, value: perSecond, unit: '1/s', n });
    }
    return measures;
  },
};
