import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { scenario } from './rig/scenario.js';

const { tasks, losses } = formOf({ short: { tasks: 1_500, losses: 4 }, long: { tasks: 20_000, losses: 40 } });

test(
  'the broker has written a batch and the sender never hears: it is sent again, nothing is lost, doubled or out of order',
  () =>
    scenario({ name: 'lost-ack', proxied: true, requestTimeoutMs: 1_500 }, async (rig) => {
      await rig.startConsumer();
      // It sends until it is told to stop: where the consumer lags behind, there is still something to swallow.
      const sender = await rig.startSender({ perSecond: 200 });
      for (let loss = 1; loss <= losses; loss++) {
        await rig.untilDone(Math.round((loss / (losses + 1)) * tasks));
        rig.proxy.swallowNext({ clientId: 'sender', then: loss % 2 === 0 ? 'cut' : 'silence' });
        await rig.until(() => rig.proxy.swallowed === loss, 'an acknowledgement is lost', 30_000);
      }
      await rig.untilDone(tasks);
      void sender.terminate();
      await rig.finish(sender);
      return {};
    }),
  TIMEOUT_MS,
);
