import type { Rate } from '../meter.ts';
import { type Enqueue, measureEnqueue } from './enqueue.ts';
import type { Scenario } from './scenario.ts';

const CALLERS = 1_000;

export const scenario: Scenario = {
  name: 'enqueue-single',
  what: 'A thousand callers, each awaiting the acknowledgement of its own task before it sends the next.',
  needs: ['single'],
  parts: { measure: measureEnqueue },
  async run(stage) {
    const count = stage.scaled(stage.system.pace.single * 4, 2_000);
    const args: Enqueue = { callers: CALLERS, perCall: 1, warm: Math.round(count / 4), count, maxMs: 10_000 };
    const { perSecond, n } = await stage.run<Rate>('measure', stage.place(), args);
    return [{ metric: 'throughput', value: perSecond, unit: '1/s', n }];
  },
};
