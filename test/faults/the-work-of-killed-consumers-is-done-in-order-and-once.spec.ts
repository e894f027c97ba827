import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { tasks, kills, perSecond } = formOf({
  short: { tasks: 2_000, kills: 4, perSecond: 250 },
  long: { tasks: 100_000, kills: 20, perSecond: 450 },
});

test(
  'kill -9, again and again: nothing lost, nothing out of order, no more repeated than what ran',
  () =>
    scenario({ name: 'kill-loop', handlerMs: [40, 100] }, async (rig) => {
      await rig.startConsumers(3);
      const sender = await rig.startSender({ count: tasks, perSecond, window: 5, strays: true });
      for (let kill = 0; kill < kills; kill++) {
        await rig.untilDone(Math.round(((kill + rig.random.next()) / kills) * tasks * 0.9));
        await rig.anyConsumer().kill();
        await rig.startConsumer();
      }
      await rig.finish(sender);
      return { duplicates: kills * CONCURRENCY };
    }),
  TIMEOUT_MS,
);
