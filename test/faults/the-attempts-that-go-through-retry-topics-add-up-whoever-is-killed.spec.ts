import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { tasks, kills, perSecond } = formOf({
  short: { tasks: 2_000, kills: 3, perSecond: 300 },
  long: { tasks: 10_000, kills: 20, perSecond: 100 },
});

test(
  'a fifth of the messages fails, at random, under kill -9 again and again: each attempt is made, and counted',
  () =>
    scenario({ name: 'ledger-retry', policy: { delaysMs: [100, 300], order: 'none' } }, async (rig) => {
      await rig.startConsumers(3);
      const sender = await rig.startSender({ count: tasks, perSecond, keyed: false, window: 3, failing: 0.2 });
      for (let kill = 0; kill < kills; kill++) {
        await rig.untilDone(Math.round(((kill + rig.random.next()) / kills) * tasks * 0.9));
        await rig.anyConsumer().kill();
        await rig.startConsumer();
      }
      await rig.finish(sender);
      // What ran, and what waited for its verdict to be written and committed: a second's worth on a machine that is busy. What had
      // just left a retry topic leaves it again, and each of its attempts is made twice.
      const again = kills * (CONCURRENCY + perSecond);
      // Several owners in a row may be killed before they have begun anything.
      return { duplicates: again, repeats: 2 * again, stuckAfterMs: 30_000 };
    }),
  TIMEOUT_MS,
);
