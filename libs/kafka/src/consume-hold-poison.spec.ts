import { expect, it } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import type { RoadConsumer } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import { bindingOf, buildRig, consumeDependencies, ended, outgoing, pass, type Rig } from './rig.fake.js';

const TASK = defineTask({ name: 'add', queue: 'math', input: 'double', retry: { delaysMs: [60_000] } });

/** A consumer whose handler fails at its first attempt. `kill`: its group finds out that it is gone. */
async function consumerOn(rig: Rig) {
  const ran: number[] = [];
  const binding = bindingOf(TASK, (_payload, { attempt }) => {
    ran.push(attempt);
    return attempt === 1 ? Promise.reject(new Error('not now')) : Promise.resolve(null);
  });
  let member: RoadConsumer | undefined;
  const road: Rig['road'] = { ...rig.road, consumer: async (of) => (member = await rig.road.consumer(of)) };
  const consume = new Consume(rig.route, { ...consumeDependencies(rig, [binding], { maxDeliveries: 1 }), road });
  await consume.start();
  return { ran, kill: () => member!.disconnect(), stop: () => ended(rig.clock, consume) };
}

it('a record whose lane waits for it is not blamed for the end of its process: it did not run', async () => {
  const rig = await buildRig();
  const first = await consumerOn(rig);
  await rig.producer.send([outgoing('1', { key: 'k', partition: 0, headers: { ce_id: 'id-1' } })]);
  await pass(rig.clock, 5_000);
  await first.kill();
  const second = await consumerOn(rig);
  await pass(rig.clock, 70_000);
  expect([first.ran, second.ran, rig.road.dumpTopic('math.dlq').length]).toEqual([[1], [2], 0]);
  await second.stop();
});
