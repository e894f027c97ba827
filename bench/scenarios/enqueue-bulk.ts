import type { Rate } from '../meter.ts';
import { type Enqueue, measureEnqueue } from './enqueue.ts';
import { BULK, BULK_CALLERS } from './fill.ts';
import type { Scenario } from './scenario.ts';

export const scenario: Scenario = {
  name: 'enqueue-bulk',
  what: 'Four callers, 500 tasks in each call. Of kafkajs: ready batches, the ceiling for every producer on it.',
  needs: ['bulk'],
  parts: { measure: measureEnqueue },
  async run(stage) {
    const count = stage.scaled(stage.system.pace.bulk * 4, 4 * BULK);
    const warm = Math.ceil(count / 4 / BULK) * BULK;
    const args: Enqueue = { callers: BULK_CALLERS, perCall: BULK, warm, count, maxMs: 10_000 };
    const { perSecond, n } = await stage.run<Rate>('measure', stage.place(), args);
    return [{ metric: 'throughput', value: perSecond, unit: '1/s', n }];
  },
};
