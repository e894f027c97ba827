import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { scenario } from './rig/scenario.js';

const { seconds } = formOf({ short: { seconds: 7 }, long: { seconds: 60 } });
const PER_SECOND = 200;

test(
  'one consumer starting or stopping every second: nothing lost, repeated, or out of order',
  () =>
    scenario({ name: 'churn' }, async (rig) => {
      await rig.startConsumers(2);
      const sender = await rig.startSender({ count: seconds * PER_SECOND, perSecond: PER_SECOND, window: 3 });
      const changes: Promise<unknown>[] = [];
      for (let second = 0; second < seconds; second++) {
        await rig.pass(1_000);
        const running = rig.consumers.filter((child) => child.isRunning);
        const comes = running.length <= 2 || (running.length < 5 && rig.random.next() < 0.5);
        changes.push(comes ? rig.startConsumer() : rig.anyConsumer().terminate());
      }
      await Promise.all(changes);
      await rig.finish(sender);
      return {};
    }),
  TIMEOUT_MS,
);
