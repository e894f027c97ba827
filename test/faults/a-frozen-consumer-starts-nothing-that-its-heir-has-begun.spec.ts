import { test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { CONCURRENCY } from './rig/rig.js';
import { scenario } from './rig/scenario.js';

const { tasks, perSecond, sessionTimeoutMs, frozenMs } = formOf({
  short: { tasks: 2_000, perSecond: 250, sessionTimeoutMs: 3_000, frozenMs: 6_000 },
  long: { tasks: 25_000, perSecond: 250, sessionTimeoutMs: 30_000, frozenMs: 45_000 },
});

test(
  'SIGSTOP for longer than the session, then SIGCONT: what had begun may end twice, nothing else happens again',
  () =>
    // Slow enough that work waits in its memory when it stands still.
    scenario({ name: 'freeze', sessionTimeoutMs, handlerMs: [50, 250] }, async (rig) => {
      await rig.startConsumers(2);
      const sender = await rig.startSender({ count: tasks, perSecond, window: 3 });
      await rig.untilDone(tasks / 10);
      const frozen = rig.anyConsumer();
      frozen.freeze();
      await rig.pass(frozenMs);
      frozen.thaw();
      const before = rig.tail.effectsOf(frozen.pid);
      await rig.until(() => rig.tail.effectsOf(frozen.pid) > before + CONCURRENCY, 'it works again', 90_000);
      await rig.finish(sender);
      // What ran when it froze is run by the heir too; what had ended was committed at most one handler's time later.
      return { duplicates: 2 * CONCURRENCY, zombies: CONCURRENCY, stuckAfterMs: sessionTimeoutMs + 15_000 };
    }),
  TIMEOUT_MS,
);
