import type { Scenario } from './scenario.ts';
import { measureWorkOff, workOff } from './work-off.ts';

export const scenario: Scenario = {
  name: 'process-with-result',
  what: 'The same, 100 at once, with the result of every task kept: a record on the results topic, a job in Redis, a confirmed message.',
  needs: ['work', 'concurrent', 'results'],
  parts: { measure: measureWorkOff },
  async run(stage) {
    const { perSecond, n } = await workOff(stage, stage.place({ results: true }));
    return [{ metric: 'throughput', value: perSecond, unit: '1/s', n }];
  },
};
