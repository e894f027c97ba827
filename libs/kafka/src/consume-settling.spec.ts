import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { policyOf } from '@sunbeon/core/policy';
import { Consume } from './consume.js';
import { Produce } from './produce.js';
import { ADD, bindingOf, buildRig, consumeDependencies, ended, eventually, outgoing, pass, SlowProducer } from './rig.fake.js'; // prettier-ignore

describe('while the broker takes no verdict', () => {
  it('handlers go on, but no more of them than a thousand beyond those that have a slot', async () => {
    const rig = await buildRig();
    let ran = 0;
    const binding = bindingOf(ADD, () => Promise.resolve(++ran), { policy: policyOf({ order: 'none' }, {}, 'spec') });
    const deps = consumeDependencies(rig, [binding], { concurrency: 2, maxWaiting: 2_000 });
    const slow = new SlowProducer();
    const consume = new Consume(rig.route, { ...deps, produce: new Produce(slow, {}, rig.clock) });
    await consume.start();
    await rig.producer.send(Array.from({ length: 1_100 }, (_, n) => outgoing(String(n))));
    await eventually(() => ran >= 1_002, 'the handlers');
    await pass(rig.clock, 1_000);
    expect([ran, consume.health().running]).toEqual([1_002, 1_002]);
    await ended(rig.clock, consume);
  });

  it('what is too large even to be buried keeps its offset, and is tried again until the partition goes', async () => {
    const rig = await buildRig();
    let tries = 0;
    const send = async (records: readonly OutgoingRecord[]) => {
      if (!records.some(({ topic }) => topic === rig.route.dlq)) return rig.producer.send(records);
      if (++tries > 100) await new Promise(() => undefined); // a loop without a pause would never end
      throw new SunbeonError('RECORD_TOO_LARGE', 'no');
    };
    const deps = consumeDependencies(rig, [bindingOf(ADD, () => Promise.resolve(null))]);
    const consume = new Consume(rig.route, { ...deps, produce: new Produce({ ...rig.producer, send }) });
    await rig.producer.send([{ ...outgoing('1'), value: null }]);
    await consume.start();
    await pass(rig.clock, 1_000);
    expect(tries).toBe(4); // after 0, 100, 300 and 700 ms
    await ended(rig.clock, consume);
    expect([await rig.committed(), rig.road.dumpTopic(rig.route.dlq)]).toEqual([[undefined], []]);
  });
});
