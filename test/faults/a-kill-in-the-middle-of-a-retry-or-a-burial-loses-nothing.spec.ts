import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY, type Dies } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { rounds, deaths } = formOf({ short: { rounds: 1, deaths: 6 }, long: { rounds: 10, deaths: 9 } });
const AT_ONCE = 3;

const DEATHS = (['retry', 'forward', 'bury'] as const).flatMap((at) =>
  (['before', 'during', 'after'] as const).map((when) => ({ at, when })),
);

test(
  'kill -9 before, while and after a retry record, its way back to the queue or a burial is written: each message ends once',
  () =>
    // maxDeliveries: whoever dies when a message is settled, again and again, has what looks like a poisonous message.
    scenario(
      { name: 'hand-over', sessionTimeoutMs: 1_500, maxDeliveries: 0, policy: { delaysMs: [100], order: 'none' } },
      async (rig) => {
        const sender = await rig.startSender({ perSecond: 150, keyed: false, keys: 20, failing: 0.4 });
        for (let round = 0; round < rounds; round++) {
          const dies = rig.random.shuffled(DEATHS).slice(0, deaths).map((one): Dies => ({ ...one, nth: rig.random.between(1, 4) })); // prettier-ignore
          for (let i = 0; i < dies.length; i += AT_ONCE) await rig.startDoomed(dies.slice(i, i + AT_ONCE));
        }
        await rig.startConsumers(2);
        void sender.terminate();
        await rig.finish(sender);
        // What had left a retry topic since its last commit leaves it again: after a while without any consumer it is many at once.
        const again = rounds * deaths * 5 * CONCURRENCY;
        // Owners that die within a second of their first record come to some partitions only, and several in a row may miss the same.
        return { duplicates: again, repeats: 2 * again, stuckAfterMs: 60_000 };
      },
    ),
  TIMEOUT_MS,
);
