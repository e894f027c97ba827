import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { kills, tasks } = formOf({ short: { kills: 1, tasks: 1_500 }, long: { kills: 10, tasks: 20_000 } });
const CONSUMERS = 2;

test(
  'what was acknowledged before and while the broker is killed is run, in order per key, once it is back',
  () =>
    scenario({ name: 'broker-kill' }, async (rig) => {
      const [broker] = rig.nodes;
      await rig.startConsumers(CONSUMERS);
      const sender = await rig.startSender({ count: tasks, perSecond: 200 });
      for (let kill = 1; kill <= kills; kill++) {
        await rig.untilDone(Math.round((kill / (kills + 1)) * tasks));
        await broker!.kill();
        await rig.pass(rig.random.between(500, 2_000));
        await broker!.start();
      }
      await rig.finish(sender);
      // Each consumer may find itself out of the group, with what runs and what it could not commit.
      return { duplicates: kills * CONSUMERS * 2 * CONCURRENCY, stuckAfterMs: 30_000 };
    }),
  TIMEOUT_MS,
);
