import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { awayMs, tasks } = formOf({ short: { awayMs: 10_000, tasks: 1_000 }, long: { awayMs: 60_000, tasks: 20_000 } });
const CONSUMERS = 2;

test(
  'a broker that is stopped and comes back later: senders wait or are refused, and all that was acknowledged is run',
  () =>
    scenario({ name: 'outage', deliveryTimeoutMs: 5_000 }, async (rig) => {
      const [broker] = rig.nodes;
      await rig.startConsumers(CONSUMERS);
      const sender = await rig.startSender({ count: tasks, perSecond: 200 });
      await rig.untilDone(tasks / 4);
      await broker!.stop();
      await rig.pass(awayMs);
      await broker!.start();
      await rig.finish(sender, 60_000);
      return { duplicates: CONSUMERS * 2 * CONCURRENCY, stuckAfterMs: awayMs + 30_000 };
    }),
  TIMEOUT_MS,
);
