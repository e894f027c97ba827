import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { scenario } from './rig/scenario.js';

const { tasks, rounds } = formOf({ short: { tasks: 1_200, rounds: 1 }, long: { tasks: 12_000, rounds: 6 } });

test(
  'the queue is deleted under its consumers and made again: what is sent afterwards is run, from the first record on',
  () =>
    scenario({ name: 'topic-gone' }, async (rig) => {
      await rig.startConsumers(2);
      const sender = await rig.startSender({ count: tasks, perSecond: 150 });
      for (let round = 1; round <= rounds; round++) {
        await rig.untilDone(Math.round((round / (rounds + 1)) * tasks));
        await rig.run('delete-topic');
      }
      await rig.finish(sender, 60_000);
      return { stuckAfterMs: 30_000 };
    }),
  TIMEOUT_MS,
);
