import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY, type Dies } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { rounds, deaths } = formOf({ short: { rounds: 1, deaths: 4 }, long: { rounds: 10, deaths: 6 } });
const AT_ONCE = 4;
const PER_SECOND = 100;

const DEATHS = (['hold', 'end'] as const).flatMap((at) =>
  (['before', 'during', 'after'] as const).map((when) => ({ at, when })),
);

test(
  'kill -9 and rebalances while lanes wait for a failed message: none behind it runs before, no attempt is lost, none is early',
  () =>
    // Commits as rare as they are by default: what was settled since the last one is delivered again.
    // maxDeliveries: whoever dies when a message is settled, again and again, has what looks like a poisonous message.
    scenario(
      { name: 'hold', sessionTimeoutMs: 1_500, maxDeliveries: 0, commitMs: 500, policy: { delaysMs: [300, 600] } },
      async (rig) => {
        const sender = await rig.startSender({ perSecond: PER_SECOND, keys: 40, failing: 0.3 });
        for (let round = 0; round < rounds; round++) {
          const dies = rig.random.shuffled(DEATHS).slice(0, deaths).map((one): Dies => ({ ...one, nth: rig.random.between(1, 6) })); // prettier-ignore
          for (let i = 0; i < dies.length; i += AT_ONCE) {
            const [guest] = await Promise.all([rig.startConsumer(), rig.startDoomed(dies.slice(i, i + AT_ONCE))]);
            await guest.terminate(); // a rebalance that is no death
          }
        }
        await rig.startConsumers(2);
        void sender.terminate();
        await rig.finish(sender);
        const again = rounds * deaths * (CONCURRENCY + PER_SECOND);
        // Owners that die within a second of their first record come to some partitions only, and several in a row may miss the same.
        return { duplicates: again, repeats: again, stuckAfterMs: 60_000 };
      },
    ),
  TIMEOUT_MS,
);
