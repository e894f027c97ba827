import { describe, expect, it } from '@jest/globals';
import { HEADER } from '@sunbeon/core/headers';
import { policyOf } from '@sunbeon/core/policy';
import { Consume } from './consume.js';
import { ADD, bindingOf, buildRig, consumeDependencies, ended, eventually, listen, outgoing, pass, RESULTS } from './rig.fake.js'; // prettier-ignore

const policy = policyOf({ timeLimitMs: 1_000, hardTimeLimitMs: 2_000, retry: { delaysMs: [] } }, {}, 'spec');

/** A consumer whose handler of the payload 0 ends when told, and heeds no signal. */
async function started(concurrency: number) {
  const rig = await buildRig();
  const [gate, ran] = [Promise.withResolvers<null>(), [] as unknown[]];
  const handle = (n: unknown) => (ran.push(n), n === 0 ? gate.promise : Promise.resolve(null));
  const consume = new Consume(rig.route, consumeDependencies(rig, [bindingOf(ADD, handle, { policy })], { concurrency })); // prettier-ignore
  await consume.start();
  return { ...rig, consume, gate, ran };
}

describe('a handler that does not end at its hard limit', () => {
  it('is settled and committed at once, but its lane waits until it has ended; others go on', async () => {
    const { consume, gate, ran, producer, clock, road, events, committed } = await started(2);
    const told = listen(events, 'handler.overdue', 'handler.ended-late');
    await producer.send([outgoing('0', { key: 'a' }), outgoing('1', { key: 'a' }), outgoing('2', { key: 'b' })]);
    await eventually(() => ran.length === 2, 'lane b');
    await pass(clock, 1_900);
    expect([road.dumpTopic('math.dlq').length, consume.health().overdue]).toEqual([0, 0]);
    await pass(clock, 700);
    const [buried] = road.dumpTopic('math.dlq');
    expect(buried!.headers[HEADER.errorCode]!.toString()).toBe('TIME_LIMIT_EXCEEDED');
    expect(await committed()).toEqual([1]); // the next of its lane is not begun, so not finished
    expect(consume.health()).toMatchObject({ running: 1, overdue: 1 });
    expect([ran, told.map(([name]) => name)]).toEqual([[0, 2], ['handler.overdue']]);
    await pass(clock, 5_000);
    gate.resolve(null);
    await eventually(() => ran.length === 3, 'the rest of lane a');
    expect(told[1]).toMatchObject(['handler.ended-late', { lateMs: 5_600, offset: 0 }]);
    expect(consume.health().overdue).toBe(0);
    await ended(clock, consume);
    expect(road.dumpTopic(RESULTS)).toHaveLength(3); // what it said in the end counts for nothing
  });

  it('keeps its slot too', async () => {
    const { consume, gate, ran, producer, clock } = await started(1);
    await producer.send([outgoing('0', { key: 'a' }), outgoing('2', { key: 'b' })]);
    await pass(clock, 10_000);
    expect(ran).toEqual([0]);
    expect(consume.health()).toMatchObject({ overdue: 1, slots: 1 }); // by which health knows that nothing can begin
    gate.reject(new Error('at last'));
    await eventually(() => ran.length === 2, 'lane b');
    await ended(clock, consume);
  });
});

it('a message whose deadline has passed is dropped unread, and the result says why', async () => {
  const { consume, ran, producer, clock, road } = await started(1);
  const headers = { [HEADER.deadline]: String(clock.now()), [HEADER.type]: ADD.name };
  await producer.send([outgoing('5', { headers }), outgoing('6')]);
  await eventually(() => ran.length === 1, 'the other');
  await ended(clock, consume);
  expect(ran).toEqual([6]);
  const [dropped] = road.dumpTopic(RESULTS);
  expect(dropped!.headers[HEADER.status]!.toString()).toBe('dropped');
  expect(JSON.parse(dropped!.value!.toString())).toMatchObject({ code: 'EXPIRED' });
  expect(road.dumpTopic('math.dlq')).toEqual([]);
});
