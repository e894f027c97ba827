import { expect, test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { scenario } from './rig/scenario.js';

const { tasks, stops } = formOf({ short: { tasks: 600, stops: 2 }, long: { tasks: 20_000, stops: 20 } });

test(
  'SIGTERM in the middle of the work: the consumer ends with 0, and its successor repeats nothing',
  () =>
    scenario({ name: 'drain', handlerMs: [50, 400] }, async (rig) => {
      await rig.startConsumer();
      const sender = await rig.startSender({ count: tasks, perSecond: 75, strays: true });
      for (let stop = 1; stop <= stops; stop++) {
        await rig.untilDone(Math.round((stop / (stops + 1)) * tasks));
        expect(await rig.anyConsumer().terminate()).toBe(0);
        await rig.startConsumer();
      }
      await rig.finish(sender);
      return {};
    }),
  TIMEOUT_MS,
);
