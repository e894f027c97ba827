import { expect, test } from '@jest/globals';
import { formOf, TIMEOUT_MS } from './rig/form.js';
import { scenario } from './rig/scenario.js';

const { rounds, perSecond } = formOf({ short: { rounds: 1, perSecond: 200 }, long: { rounds: 10, perSecond: 400 } });
const CONSUMERS = 3;
const PER_RESTART = 500;

test(
  'three consumers restarted one after the other under load: no effect happens again',
  () =>
    scenario({ name: 'roll' }, async (rig) => {
      const first = await rig.startConsumers(CONSUMERS);
      const tasks = (rounds * CONSUMERS + 1) * PER_RESTART;
      const sender = await rig.startSender({ count: tasks, perSecond, window: 5, strays: true });
      let generation = first;
      for (let round = 0; round < rounds; round++) {
        const next = [];
        for (const consumer of generation) {
          await rig.untilDone(rig.tail.done + PER_RESTART / 2);
          expect(await consumer.terminate()).toBe(0);
          next.push(await rig.startConsumer());
        }
        generation = next;
      }
      await rig.finish(sender);
      return {};
    }),
  TIMEOUT_MS,
);
