import { describe, expect, it } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import type { IncomingRecord, Road } from '@sunbeon/core/ports';
import { Consume } from './consume.js';
import { bindingOf, buildRig, consumeDependencies, ended, outgoing, pass } from './rig.fake.js';
import { taskOf, consumerOn, send, dead, notes, note, silent } from './hold-rig.fake.js';

describe('a lane that waits, when things go wrong', () => {
  it('notes that come after 10 s of silence count', async () => {
    const rig = await buildRig();
    await send(rig, [1, 'k']);
    await note(rig, 'math/0/0', {
      kind: 'attempt',
      id: 'id-1',
      attempt: 3,
      notBeforeMs: rig.clock.now() + 60_000,
      history: [],
    });
    const { ran, stop } = await consumerOn(rig, taskOf({}), {}, { road: silent(rig, rig.route.held, 0, 12_000) });
    await pass(rig.clock, 20_000);
    expect(ran).toEqual([]);
    await stop();
  });

  it('attempts survive a kill between the verdict and its commit', async () => {
    const rig = await buildRig();
    const member: { disconnect(): Promise<void> }[] = [];
    const road: Road = {
      ...rig.road,
      consumer: async (of) => {
        const one = await rig.road.consumer(of);
        member.push(one);
        return one;
      },
    };
    rig.road.failCommits(1e9); // of the first: it dies before its next commit
    const first = await consumerOn(rig, taskOf({}, [1_000, 1_000]), { 1: 9 }, { road });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 2_200);
    expect([first.ran, dead(rig)]).toEqual([['1#1', '1#2', '1#3'], ['1 HANDLER_FAILED']]);
    void member[0]!.disconnect(); // killed
    rig.road.failCommits(0);
    const second = await consumerOn(rig, taskOf({}, [1_000, 1_000]), { 1: 9 });
    await pass(rig.clock, 5_000);
    expect(second.ran).not.toContain('1#1'); // three attempts were all it had
    await second.stop();
  });

  it('nor is a head buried with itself', async () => {
    const rig = await buildRig();
    const member: { disconnect(): Promise<void> }[] = [];
    const road: Road = {
      ...rig.road,
      consumer: async (of) => {
        const one = await rig.road.consumer(of);
        member.push(one);
        return one;
      },
    };
    rig.road.failCommits(1e9);
    await consumerOn(rig, taskOf({ then: 'bury' }, [1_000]), { 1: 9 }, { road });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 1_200);
    void member[0]!.disconnect();
    rig.road.failCommits(0);
    const second = await consumerOn(rig, taskOf({ then: 'bury' }, [1_000]), { 1: 9 });
    await pass(rig.clock, 5_000);
    expect(dead(rig)).not.toContain('1 LANE_BURIED');
    await second.stop();
  });

  it('who lost a partition takes back nothing that its next owner noted', async () => {
    const rig = await buildRig();
    const end: (() => void)[] = [];
    const task = taskOf({}, [1_000, 1_000, 1_000, 1_000]);
    const slow = bindingOf(task, (_, { attempt }) =>
      attempt === 1 ? Promise.reject(new Error('no')) : new Promise((resolve) => end.push(() => resolve(null))),
    );
    const first = new Consume(rig.route, consumeDependencies(rig, [slow]));
    await first.start();
    await send(rig, [1, 'k']);
    await pass(rig.clock, 1_500); // its second attempt runs, and heeds nothing: it is left behind
    const leaving = ended(rig.clock, first);
    await pass(rig.clock, 9_000);
    const second = await consumerOn(rig, task, { 1: 9 });
    await pass(rig.clock, 1_500);
    expect([second.ran, notes(rig).map(([, { attempt }]) => attempt)]).toEqual([['1#2', '1#3'], [4]]);
    end[0]!();
    await pass(rig.clock, 300);
    expect(notes(rig).map(([, { attempt }]) => attempt)).toEqual([4]);
    await Promise.all([leaving, second.stop()]);
  });

  it('a note of an owner that did not know yet that it was none any more counts no attempt back', async () => {
    const rig = await buildRig();
    await send(rig, [1, 'k']);
    for (const attempt of [4, 3])
      await note(rig, 'math/0/0', { kind: 'attempt', id: 'id-1', attempt, notBeforeMs: 0, history: [] });
    const { ran, stop } = await consumerOn(rig, taskOf({}), {});
    await pass(rig.clock, 1_000);
    expect(ran).toEqual(['1#4']);
    await stop();
  });

  it('a lane that is condemned a second time is so for its next owner too', async () => {
    const rig = await buildRig();
    const { stop } = await consumerOn(rig, taskOf({ then: 'bury' }), { 1: 9, 5: 9 }, { concurrency: 1 });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 2_000);
    expect([dead(rig), notes(rig).map(([mark]) => mark)]).toEqual([['1 HANDLER_FAILED'], ['math/0/lane/a2s']]);
    await send(rig, [5, 'k'], [6, 'k']);
    await pass(rig.clock, 500);
    // From now on nothing of what stands behind it gets through: as if it were killed there.
    rig.road.failSends((record) => record.topic === 'math.dlq' && record.value?.toString() === '6');
    await pass(rig.clock, 1_000);
    expect([dead(rig), notes(rig).map(([mark]) => mark)]).toEqual([
      ['1 HANDLER_FAILED', '5 HANDLER_FAILED'],
      ['math/0/lane/a2s'],
    ]);
    await stop();
  });

  it('no attempt is early, also when its lane is taken by a record of another partition', async () => {
    const rig = await buildRig({ partitions: 2 });
    await send(rig, [1, 'k']);
    await rig.producer.send([outgoing('2', { key: 'k', partition: 1, headers: { ce_id: 'id-2' } })]);
    await note(rig, 'math/0/0', {
      kind: 'attempt',
      id: 'id-1',
      attempt: 2,
      notBeforeMs: rig.clock.now() + 1_000,
      history: [],
    });
    await rig.producer.send([
      {
        topic: rig.route.held,
        partition: 1,
        key: 'math/1/0',
        value: Buffer.from(
          JSON.stringify({
            kind: 'attempt',
            id: 'id-2',
            attempt: 2,
            notBeforeMs: rig.clock.now() + 60_000,
            history: [],
          }),
        ),
        headers: {},
      },
    ]);
    const { ran, stop } = await consumerOn(rig, taskOf({}), {});
    await pass(rig.clock, 30_000);
    expect(ran.filter((one) => one.startsWith('2'))).toEqual([]);
    await stop();
  });

  it('one lane that waits does not stop the others of its partition', async () => {
    const rig = await buildRig();
    const { ran, stop } = await consumerOn(rig, taskOf({}, [60_000]), { 1: 1 });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 100);
    await send(rig, ...Array.from({ length: 150 }, (_, i): [number, string] => [i + 2, 'k']));
    await pass(rig.clock, 100);
    await send(rig, [1000, 'other']);
    await pass(rig.clock, 30_000);
    expect(ran).toContain('1000#1');
    await stop();
  });

  it('a clock that was wrong holds no lane beyond hold.maxMs', async () => {
    const rig = await buildRig();
    await send(rig, [1, 'k']);
    await note(rig, 'math/0/0', {
      kind: 'attempt',
      id: 'id-1',
      attempt: 2,
      notBeforeMs: rig.clock.now() + 20 * 24 * 3_600_000,
      history: [],
    });
    const { ran, stop } = await consumerOn(rig, taskOf({ maxMs: 5_000 }), {});
    await pass(rig.clock, 60_000);
    expect(ran).toEqual(['1#2']);
    await stop();
  });

  it('what waits without a lane (its policy was changed) is forgotten with its partition', async () => {
    const rig = await buildRig();
    const none = defineTask({
      name: 'add',
      queue: 'math',
      input: 'double',
      retry: { delaysMs: [1_000] },
      order: 'none',
    });
    const keyed = defineTask({ name: 'other', queue: 'math', input: 'double' });
    await rig.producer.send([outgoing('1', { key: 'k', partition: 0, headers: { ce_id: 'id-1', ce_type: 'add' } })]);
    await note(rig, 'math/0/0', {
      kind: 'attempt',
      id: 'id-1',
      attempt: 2,
      notBeforeMs: rig.clock.now() + 60_000,
      history: [],
    });
    const ran: string[] = [];
    const bindings = [none, keyed].map((task) =>
      bindingOf(task, (n, { attempt }) => {
        ran.push(`${String(n)}#${attempt}`);
        return Promise.resolve(null);
      }),
    );
    const consume = new Consume(rig.route, consumeDependencies(rig, bindings));
    await consume.start();
    await pass(rig.clock, 1_000);
    expect([ran, consume.health().waiting]).toEqual([[], 1]);
    rig.road.rebalance(rig.route.group);
    await pass(rig.clock, 1_000);
    expect([ran, consume.health().waiting]).toEqual([[], 1]);
    await ended(rig.clock, consume);
  });

  it('what waits does not run: whoever ends the process is another, also where one delivery is the most', async () => {
    const rig = await buildRig();
    const road: Road = { ...rig.road };
    const members: { disconnect(): Promise<void> }[] = [];
    road.consumer = async (of) => {
      const one = await rig.road.consumer(of);
      members.push(one);
      return one;
    };
    const first = await consumerOn(rig, taskOf({}, [60_000]), { 1: 1 }, { road, maxDeliveries: 1 });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 10_000);
    expect([first.ran, notes(rig).length]).toEqual([['1#1'], 1]);
    void members[0]!.disconnect(); // kill -9, long after its attempt ended
    const second = await consumerOn(rig, taskOf({}, [60_000]), { 1: 1 }, { maxDeliveries: 1 });
    await pass(rig.clock, 120_000);
    expect([dead(rig), second.ran]).toEqual([[], ['1#2']]);
    await second.stop();
  });

  it('a message that says its retries begin in the future has no more of them than others', async () => {
    const rig = await buildRig();
    const retry = { firstMs: 1_000, factor: 1, jitter: 'none', maxTotalMs: 3_000 };
    const { ran, stop } = await consumerOn(rig, taskOf({}, [], { retry }), { 1: 99 });
    const headers = { ce_id: 'id-1', 'sunbeon-retrying-since': '999999999999999' };
    await rig.producer.send([outgoing('1', { key: 'k', partition: 0, headers })]);
    await send(rig, [2, 'k']);
    await pass(rig.clock, 20_000);
    expect([ran, dead(rig)]).toEqual([['1#1', '1#2', '1#3', '1#4', '2#1'], ['1 HANDLER_FAILED']]);
    await stop();
  });

  it('what waits behind a head goes with it, whatever the clock of its sender says', async () => {
    const rig = await buildRig();
    const road: Road = {
      ...rig.road,
      consumer: async (of) => {
        const member = await rig.road.consumer(of);
        const run = member.run.bind(member);
        const ahead = (one: IncomingRecord): IncomingRecord => ({ ...one, timestampMs: one.timestampMs + 60_000 * Number(one.offset === 1) }); // prettier-ignore
        member.run = (to) =>
          run({
            onAssigned: (all) => to.onAssigned(all),
            onRevoked: (all) => to.onRevoked(all),
            onLost: (all) => to.onLost(all),
            onRecords: (records) => to.onRecords(records.map(ahead)),
          });
        return member;
      },
    };
    const first = await consumerOn(rig, taskOf({ then: 'bury' }), { 1: 9 }, { road, maxWaiting: 1_000 });
    await send(rig, [1, 'k'], [2, 'k'], [3, 'k']);
    await pass(rig.clock, 5_000);
    await send(rig, [4, 'k']);
    await pass(rig.clock, 1_000);
    expect([first.ran, dead(rig)]).toEqual([
      ['1#1', '1#2', '4#1'],
      ['1 HANDLER_FAILED', '2 LANE_BURIED', '3 LANE_BURIED'],
    ]);
    await first.stop();
    expect(notes(rig)).toEqual([]);
  });
});
