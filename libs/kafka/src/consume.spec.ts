import { describe, expect, it } from '@jest/globals';
import { Drop, Retry, SunbeonError, type TaskContext } from '@sunbeon/core';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import fc from 'fast-check';
import { Consume } from './consume.js';
import { Produce } from './produce.js';
import { ADD, bindingOf, buildRig, consumeDependencies, ended,
  eventually, FLOWN, listen, pass, outgoing, RESULTS, type Rig } from './rig.fake.js'; // prettier-ignore

type Handle = (payload: unknown, context: TaskContext) => Promise<unknown>;

async function started(
  rig: Rig,
  handle: Handle,
  options: Parameters<typeof consumeDependencies>[2] = {},
): Promise<Consume> {
  const consume = new Consume(rig.route, consumeDependencies(rig, [bindingOf(ADD, handle)], options));
  await consume.start();
  return consume;
}

const texts = (rig: Rig, topic: string) => rig.road.dumpTopic(topic).map(({ value }) => value?.toString());
const statuses = (rig: Rig) => rig.road.dumpTopic(RESULTS).map(({ headers }) => headerText(headers, HEADER.status));
const numbers = (count: number) => Array.from({ length: count }, (_, i) => String(i));

describe('a record is finished only when its verdict is acknowledged', () => {
  it('commits nothing while sends fail, and everything after they succeed again', async () => {
    const rig = await buildRig();
    await rig.producer.send(numbers(20).map((value) => outgoing(value)));
    rig.road.failSends(() => true);
    let ran = 0;
    const consume = await started(rig, () => Promise.resolve(ran++));
    await pass(rig.clock, 60_000);
    expect([ran, await rig.committed(), texts(rig, RESULTS)]).toEqual([20, [undefined], []]);
    rig.road.failSends(0);
    await pass(rig.clock, 60_000);
    expect([ran, await rig.committed(), texts(rig, RESULTS).length]).toEqual([20, [20], 20]);
    await consume.stop();
  });

  it('writes a verdict twice after a lost acknowledgement, with the same ids, and runs the handler once', async () => {
    const rig = await buildRig();
    await rig.producer.send([outgoing('1', { headers: { [HEADER.id]: 'one' } })]);
    rig.road.loseAcks(1);
    let ran = 0;
    const consume = await started(rig, () => Promise.resolve(ran++));
    await pass(rig.clock, 1_000);
    const ids = rig.road.dumpTopic(RESULTS).map(({ headers }) => headerText(headers, HEADER.id));
    expect([ran, ids, await rig.committed()]).toEqual([1, ['one', 'one'], [1]]);
    await consume.stop();
  });

  it('does not commit past a record that still runs', async () => {
    const rig = await buildRig();
    await rig.producer.send(numbers(5).map((value) => outgoing(value)));
    const slow = Promise.withResolvers<null>();
    const consume = await started(rig, (n) => (n === 2 ? slow.promise : Promise.resolve(null)));
    await pass(rig.clock, 10_000);
    expect(await rig.committed()).toEqual([2]);
    slow.resolve(null);
    await pass(rig.clock, 500);
    expect(await rig.committed()).toEqual([5]);
    await consume.stop();
  });

  it('tries a commit that failed again', async () => {
    const rig = await buildRig();
    await rig.producer.send([outgoing('1')]);
    rig.road.failCommits(2);
    const consume = await started(rig, () => Promise.resolve(null));
    await pass(rig.clock, 1_400);
    expect(await rig.committed()).toEqual([undefined]);
    await pass(rig.clock, 200);
    expect(await rig.committed()).toEqual([1]);
    await consume.stop();
  });
});

describe('verdicts', () => {
  it('follow from what the handler does', async () => {
    const rig = await buildRig();
    await rig.producer.send(['"ok"', '"drop"', '"retry"', '"fail"', '!broken'].map((value) => outgoing(value)));
    const consume = await started(rig, (what) => {
      if (what === 'drop') throw new Drop('old');
      if (what === 'retry') throw new Retry(60_000);
      return what === 'fail' ? Promise.reject(new Error('no')) : Promise.resolve(3);
    });
    await pass(rig.clock, 500);
    expect([texts(rig, 'math.retry.1m'), texts(rig, 'math.retry.1s')]).toEqual([['"retry"'], ['"fail"']]);
    expect(texts(rig, 'math.dlq')).toEqual(['!broken']);
    expect([...statuses(rig)].sort()).toEqual(['buried', 'dropped', 'retrying', 'retrying', 'succeeded']);
    expect(await rig.committed()).toEqual([5]);
    await consume.stop();
  });

  it('wait while the registry is away, holding only the lane', async () => {
    const rig = await buildRig();
    await rig.producer.send([
      outgoing('!away', { key: 'a' }),
      outgoing('1', { key: 'b' }),
      outgoing('2', { key: 'a' }),
    ]);
    const ran: unknown[] = [];
    const held = listen(rig.events, 'attempt.ended');
    const consume = await started(rig, (n) => Promise.resolve(ran.push(n)));
    await pass(rig.clock, 10_500);
    expect([ran, await rig.committed()]).toEqual([[1], [0]]); // and the map says that the second is finished
    expect(held.filter(([, { verdict }]) => verdict === 'hold').length).toBe(11); // once a second
    await ended(rig.clock, consume);
  });

  it('of an output that is too large is a burial that says so', async () => {
    const rig = await buildRig();
    await rig.producer.send([outgoing('1')]);
    const consume = await started(rig, () => Promise.resolve('x'.repeat(3_000_000)));
    await pass(rig.clock, 1_000);
    const [dead] = rig.road.dumpTopic('math.dlq');
    expect(headerText(dead!.headers, HEADER.errorCode)).toBe('RECORD_TOO_LARGE');
    expect([statuses(rig), await rig.committed()]).toEqual([['buried'], [1]]);
    await consume.stop();
  });

  it('of a retry record that its topic does not take is a burial for what went wrong', async () => {
    const rig = await buildRig();
    await rig.producer.send([outgoing('1')]);
    const send = async (records: readonly OutgoingRecord[]) => {
      if (records.some(({ topic }) => topic.startsWith('math.retry'))) throw new SunbeonError('RECORD_TOO_LARGE', 'no');
      await rig.producer.send(records);
    };
    const deps = consumeDependencies(rig, [bindingOf(ADD, () => Promise.reject(new Error('mine')))]);
    const consume = new Consume(rig.route, { ...deps, produce: new Produce({ ...rig.producer, send }) });
    await consume.start();
    await pass(rig.clock, 1_000);
    const [dead] = rig.road.dumpTopic('math.dlq');
    expect(headerText(dead!.headers, HEADER.dltErrorMessage)).toBe('mine');
    expect([statuses(rig), await rig.committed()]).toEqual([['buried'], [1]]);
    await consume.stop();
  });

  it('are none for an event of somebody else on the same topic: it is finished', async () => {
    const rig = await buildRig({ contract: FLOWN, group: 'stats' });
    const other = { ...FLOWN, name: 'other' };
    const binding = bindingOf(FLOWN, () => Promise.resolve(null), { group: 'stats' });
    const deps = consumeDependencies(rig, [binding, bindingOf(other, () => Promise.resolve(null))]);
    const consume = new Consume(rig.route, { ...deps, bindings: new Map([[FLOWN.name, binding]]) });
    await consume.start();
    await rig.producer.send([outgoing('1', { topic: 'flown', headers: { [HEADER.type]: 'other' } })]);
    await pass(rig.clock, 1_000);
    expect([await rig.committed(), texts(rig, 'flown.stats.dlq')]).toEqual([[1], []]);
    await consume.stop();
  });
});

describe('lanes', () => {
  it('run side by side, each one record at a time in order, never more than the concurrency', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('a', 'b', 'c', null), { maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        async (keys, concurrency) => {
          const rig = await buildRig({ partitions: 2 });
          const open = new Map<string, number>();
          const ran: { key: string | undefined; n: number }[] = [];
          let most = 0;
          const consume = await started(rig, async (n, { key, offset, partition }) => {
          const lane = key ?? `${partition}/${offset}`;
          open.set(lane, (open.get(lane) ?? 0) + 1);
          expect(open.get(lane)).toBe(1);
          most = Math.max(most, [...open.values()].reduce((a, b) => a + b, 0));
          ran.push({ key, n: n as number });
          await new Promise((resume) => setImmediate(resume));
          open.set(lane, 0);
          return null;
        }, { concurrency }); // prettier-ignore
          for (const [n, key] of keys.entries()) await rig.producer.send([outgoing(String(n), { key })]);
          await eventually(() => rig.road.dumpTopic(RESULTS).length === keys.length, 'all results');
          await consume.stop();
          for (const key of ['a', 'b', 'c']) {
            const order = ran.filter((one) => one.key === key).map(({ n }) => n);
            expect(order).toEqual([...order].sort((x, y) => x - y));
          }
          expect(ran.map(({ n }) => n).sort((x, y) => x - y)).toEqual([...keys.keys()]);
          expect(most).toBeLessThanOrEqual(concurrency);
        },
      ),
      { numRuns: 30 },
    ));

  it('that wait for something do not hold up the others', async () => {
    const rig = await buildRig();
    await rig.producer.send(['a', 'b', 'a', 'b', 'b'].map((key, n) => outgoing(String(n), { key })));
    const ran: unknown[] = [];
    const slow = Promise.withResolvers<null>();
    const consume = await started(rig, (n) => (ran.push(n), n === 0 ? slow.promise : Promise.resolve(null)));
    await eventually(() => ran.length === 4, 'all of lane b');
    expect(ran).toEqual([0, 1, 3, 4]);
    slow.resolve(null);
    await eventually(() => ran.length === 5, 'the rest of lane a');
    await consume.stop();
  });
});

describe('health', () => {
  it('tells what is assigned, waits and runs, and how old the last poll is', async () => {
    const rig = await buildRig({ partitions: 3 });
    const slow = Promise.withResolvers<null>();
    const idle = new Consume(
      rig.route,
      consumeDependencies(rig, [bindingOf(ADD, () => slow.promise)], { concurrency: 1 }),
    );
    const blank = { group: 'math', topics: ['math'], assigned: 0, isMember: false, waiting: 0, running: 0, overdue: 0, slots: 1 }; // prettier-ignore
    expect(idle.health()).toEqual({ ...blank, pollAgeMs: undefined });
    await idle.start();
    await rig.producer.send([outgoing('1'), outgoing('2'), outgoing('3')]);
    await eventually(() => idle.health().running === 1, 'the handler');
    expect(idle.health()).toEqual({ ...blank, isMember: true, assigned: 3, waiting: 2, running: 1, pollAgeMs: 0 });
    await pass(rig.clock, 700);
    expect(idle.health().pollAgeMs).toBe(700);
    slow.resolve(null);
    await idle.stop();
  });

  it('refuses to start without its topics', async () => {
    const rig = await buildRig();
    const consume = new Consume(rig.route, { ...consumeDependencies(rig, []), road: memoryRoad() });
    await expect(consume.start()).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await consume.stop();
  });
});
