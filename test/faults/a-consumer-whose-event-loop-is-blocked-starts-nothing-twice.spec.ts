import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { tasks, perSecond, sessionTimeoutMs, blockedMs } = formOf({
  short: { tasks: 2_000, perSecond: 250, sessionTimeoutMs: 3_000, blockedMs: 6_000 },
  long: { tasks: 25_000, perSecond: 250, sessionTimeoutMs: 30_000, blockedMs: 40_000 },
});

test(
  'an event loop blocked for longer than the session: what had begun may end twice, nothing else happens again',
  () =>
    // Slow enough that work waits in its memory when it stands still.
    scenario({ name: 'block', sessionTimeoutMs, handlerMs: [50, 250] }, async (rig) => {
      await rig.startConsumers(2);
      const sender = await rig.startSender({ count: tasks, perSecond, window: 3 });
      await rig.untilDone(tasks / 10);
      const blocked = rig.anyConsumer();
      await blocked.block(blockedMs);
      const before = rig.tail.effectsOf(blocked.pid);
      await rig.until(() => rig.tail.effectsOf(blocked.pid) > before + CONCURRENCY, 'it works again', 90_000);
      await rig.finish(sender);
      return { duplicates: 2 * CONCURRENCY, zombies: CONCURRENCY, stuckAfterMs: sessionTimeoutMs + 15_000 };
    }),
  TIMEOUT_MS,
);
