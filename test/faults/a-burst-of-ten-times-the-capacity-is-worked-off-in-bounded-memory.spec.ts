import { expect, test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { scenario } from './rig/scenario.js';

const { tasks } = formOf({ short: { tasks: 4_500 }, long: { tasks: 100_000 } });
/** Of one consumer with 20 at once and handlers of 20 to 60 ms. */
const CAPACITY_PER_SECOND = 500;
const MAX_RSS_MB = 250;

test(
  'ten times what the handlers can take: nothing is lost, and the consumer stays small',
  async () => {
    const { counts } = await scenario({ name: 'burst', partitions: 3 }, async (rig) => {
      await rig.startConsumer();
      const load = { count: tasks, perSecond: 10 * CAPACITY_PER_SECOND, keys: 200, window: 20, paddingBytes: 2_000 };
      const sender = await rig.startSender(load);
      await rig.finish(sender);
      return { stuckAfterMs: 5_000 };
    });
    expect(counts.maxRssMb).toBeLessThanOrEqual(MAX_RSS_MB);
  },
  TIMEOUT_MS,
);
