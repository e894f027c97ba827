import { describe, expect, it } from '@jest/globals';
import { Bury } from '@sunbeon/core';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { policyOf } from '@sunbeon/core/policy';
import { Consume } from './consume.js';
import { originOf } from './dead-letter.js';
import { Produce } from './produce.js';
import { ADD, bindingOf, buildRig, consumeDependencies, ended, eventually, listen, outgoing, pass, SlowProducer } from './rig.fake.js'; // prettier-ignore

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

  const settled = async (limit: number, over: Partial<OutgoingRecord> = {}) => {
    const rig = await buildRig();
    const heard = listen(rig.events, 'record.left-behind');
    const deps = consumeDependencies(rig, [bindingOf(ADD, () => Promise.reject(new Bury('x'.repeat(5_000))))]);
    const produce = new Produce(rig.producer, { maxRecordBytes: limit });
    const consume = new Consume(rig.route, { ...deps, produce });
    await rig.producer.send([outgoing('1', { headers: { [HEADER.id]: 'one', theirs: 'a' }, ...over })]);
    await consume.start();
    await pass(rig.clock, 2_000);
    await ended(rig.clock, consume);
    const [dead] = rig.road.dumpTopic(rig.route.dlq);
    return { headers: dead!.headers, value: dead!.value, heard, committed: await rig.committed() };
  };

  it('what has no room for its stack is buried without it, and what has none for its history without that', async () => {
    const { headers, value, heard, committed } = await settled(4_000);
    expect([headers[HEADER.dltStack], headerText(headers, HEADER.dltErrorMessage)?.length]).toEqual([undefined, 200]);
    expect(headers[HEADER.history]).toBeDefined();
    expect([value?.toString(), headerText(headers, 'theirs'), heard, committed]).toEqual(['1', 'a', [], [1]]);
    const bare = await settled(800);
    expect([bare.headers[HEADER.history], headerText(bare.headers, HEADER.errorCode)]).toEqual([undefined, 'HANDLER_FAILED']); // prettier-ignore
    expect([bare.value?.toString(), headerText(bare.headers, 'theirs'), bare.committed]).toEqual(['1', 'a', [1]]);
  });

  it.each([
    ['value', { value: Buffer.from(`"${'v'.repeat(3_000)}"`) }],
    ['headers', { headers: { [HEADER.id]: 'one', theirs: 'h'.repeat(3_000) } }],
    ['key', { key: 'k'.repeat(3_000) }],
  ])('what does not fit by itself, for its %s, is left where it lies, and the DLQ says where', async (_what, over) => {
    const { headers, value, heard, committed } = await settled(2_000, over);
    expect(originOf(headers)).toMatchObject({ topic: 'math', partition: 0, offset: 0 });
    expect([value, headerText(headers, HEADER.errorCode)]).toEqual([null, 'HANDLER_FAILED']);
    expect(headerText(headers, HEADER.leftBehind)).toBe(String('value' in over ? over.value.length : 1));
    expect(heard).toMatchObject([['record.left-behind', { topic: 'math', offset: 0, dlq: 'math.dlq' }]]);
    expect(committed).toEqual([1]);
  });
});
