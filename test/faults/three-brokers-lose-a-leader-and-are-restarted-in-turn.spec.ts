import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { rounds } = formOf({ short: { rounds: 1 }, long: { rounds: 6 } });
const CONSUMERS = 2;

test(
  'a leader killed and started again, then all three restarted one after the other: nothing is lost',
  () =>
    scenario({ name: 'three-brokers', brokers: 3 }, async (rig) => {
      await rig.startConsumers(CONSUMERS);
      const sender = await rig.startSender({ perSecond: 150 });
      for (let round = 0; round < rounds; round++) {
        await rig.untilDone(rig.tail.done + 200);
        const leader = rig.random.pick(rig.nodes);
        await leader.kill();
        await rig.pass(1_000);
        await leader.start();
        for (const node of rig.nodes) {
          await rig.untilDone(rig.tail.done + 60);
          await node.stop();
          await node.start();
        }
      }
      void sender.terminate();
      await rig.finish(sender, 60_000);
      return { duplicates: 4 * rounds * CONSUMERS * CONCURRENCY, stuckAfterMs: 30_000 };
    }),
  TIMEOUT_MS,
);
