import { describe, expect, it } from '@jest/globals';
import { HEADER, headerText } from '@sunbeon/core/headers';
import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord, Road, RoadProducer } from '@sunbeon/core/ports';
import { type FakeClock, memoryRoad } from '@sunbeon/testing';
import fc from 'fast-check';
import { dueAt, nextHop } from './due.js';
import { routeOf } from './names.js';
import { Produce } from './produce.js';
import { ADD, buildRig, ended, eventually, incoming, outgoing, pass, type Rig } from './rig.fake.js';
import { Wait } from './wait.js';

const TIERS = [1_000, 60_000];

async function started(rig: Rig): Promise<Wait> {
  const { road, clock, events, produce, route } = rig;
  const options = { intervalMs: 500, everyRecords: 1_000, drainTimeoutMs: 5_000 };
  const wait = new Wait(route, { road, clock, events, produce, options, tiersMs: TIERS });
  await wait.start();
  return wait;
}

const RESUME_MS = 100;

/** Its consumer reads on only some time after a resume, as a client does that has a fetch under way. @param resumed when it was asked to */
function withSlowResume(rig: Rig, resumed: number[]): Rig {
  const consumer: Road['consumer'] = async (options) => {
    const inner = await rig.road.consumer(options);
    const resume = inner.resume.bind(inner);
    return Object.assign(inner, {
      resume(partitions: Parameters<typeof resume>[0]) {
        resumed.push(rig.clock.now());
        rig.clock.after(RESUME_MS, () => resume(partitions));
      },
    });
  };
  return { ...rig, road: { ...rig.road, consumer } };
}

/** A record in a retry topic, due in so many milliseconds. */
function retry(rig: Rig, value: string, waitMs: number, tier = '1s'): OutgoingRecord {
  return outgoing(value, {
    topic: `math.retry.${tier}`,
    headers: { [HEADER.notBefore]: String(rig.clock.now() + waitMs) },
  });
}

const back = (rig: Rig, topic = 'math') => rig.road.dumpTopic(topic).map(({ value }) => value?.toString());

describe('a retry', () => {
  it('goes back when it is due and not before, with its bytes and headers', async () => {
    const rig = await buildRig();
    const record = { ...retry(rig, 'a', 1_000), key: 'k' };
    await rig.producer.send([record]);
    const wait = await started(rig);
    await pass(rig.clock, 999);
    expect([back(rig), await rig.committed('math.retry', 'math.retry.1s')]).toEqual([[], [undefined]]);
    await pass(rig.clock, 1);
    const [returned] = rig.road.dumpTopic('math');
    expect(returned).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('a'), timestampMs: rig.clock.now() });
    expect(headerText(returned!.headers, HEADER.notBefore)).toBe(headerText(record.headers, HEADER.notBefore));
    await pass(rig.clock, 500);
    expect(await rig.committed('math.retry', 'math.retry.1s')).toEqual([1]);
    await wait.stop();
  });

  it('of one topic keeps its place in the line, and the topics do not wait for each other', async () => {
    const rig = await buildRig();
    await rig.producer.send([retry(rig, 'slow', 60_000, '1m')]);
    await rig.producer.send(['a', 'b', 'c'].map((value, i) => retry(rig, value, 1_000 + i)));
    const wait = await started(rig);
    await pass(rig.clock, 1_100);
    expect(back(rig)).toEqual(['a', 'b', 'c']);
    await pass(rig.clock, 60_000);
    expect(back(rig)).toEqual(['a', 'b', 'c', 'slow']);
    await wait.stop();
  });

  it('that waits longer than the longest topic takes several hops, and is never early', async () => {
    const rig = await buildRig();
    await rig.producer.send([retry(rig, 'a', 150_000, '1m')]);
    const wait = await started(rig);
    await pass(rig.clock, 149_900);
    expect([back(rig, 'math.retry.1m').length, back(rig)]).toEqual([2, []]); // 60 s, 60 s, then the shorter ones
    await pass(rig.clock, 1_100);
    expect(back(rig)).toEqual(['a']);
    await wait.stop();
  }, 30_000);

  it('without a due time of its own waits as long as its topic says', async () => {
    const rig = await buildRig();
    const wait = await started(rig);
    await rig.producer.send([outgoing('a', { topic: 'math.retry.1s' })]);
    await rig.producer.send([outgoing('b', { topic: 'math.retry.1s', headers: { [HEADER.notBefore]: 'soon' } })]);
    await pass(rig.clock, 999);
    expect(back(rig)).toEqual([]);
    await pass(rig.clock, 1);
    expect(back(rig)).toEqual(['a', 'b']);
    await wait.stop();
  });

  it('is not lost when it cannot be sent on, and what comes meanwhile stays on the topic', async () => {
    const rig = await buildRig();
    await rig.producer.send([retry(rig, 'a', 0)]);
    const paused: string[] = [];
    const road: Road = {
      ...rig.road,
      consumer: async (options) => {
        const consumer = await rig.road.consumer(options);
        const { pause } = consumer;
        return Object.assign(consumer, {
          pause(all: Parameters<typeof pause>[0]) {
            paused.push(...all.map(({ topic }) => topic));
            pause.call(consumer, all);
          },
        });
      },
    };
    const raw = await rig.road.producer();
    rig.road.failSends(({ topic }) => topic === 'math');
    const wait = await started({ ...rig, road: { ...rig.road, ...road } });
    await pass(rig.clock, 1_000);
    await raw.send([retry(rig, 'b', 0)]);
    await pass(rig.clock, 10_000);
    expect([back(rig), paused, await rig.committed('math.retry', 'math.retry.1s')]).toEqual([[], ['math.retry.1s'], [undefined]]); // prettier-ignore
    rig.road.failSends(0);
    await raw.send([retry(rig, 'c', 0)]);
    await pass(rig.clock, 10_000);
    expect([back(rig), await rig.committed('math.retry', 'math.retry.1s')]).toEqual([['a', 'b', 'c'], [3]]);
    await wait.stop();
  });

  it('is read before the one ahead of it has gone, so that it is not late by the time that a fetch takes', async () => {
    const rig = await buildRig();
    const wait = await started(withSlowResume(rig, []));
    await rig.producer.send([retry(rig, 'a', 1_000)]);
    await pass(rig.clock, 100);
    await rig.producer.send([retry(rig, 'b', 910)]);
    await pass(rig.clock, 900);
    expect(back(rig)).toEqual(['a']);
    await pass(rig.clock, 10);
    expect(back(rig)).toEqual(['a', 'b']);
    await wait.stop();
  });

  it('is read only when there is room for it in memory, and not long before its time', async () => {
    const rig = await buildRig();
    const resumed: number[] = [];
    const fromMs = rig.clock.now();
    await rig.producer.send(['a', 'b'].map((letter) => retry(rig, letter.repeat(300_000), 1_000)));
    await rig.producer.send([retry(rig, 'slow', 60_000, '1m')]);
    const wait = await started(withSlowResume(rig, resumed));
    const sinceStart = (): number[] => resumed.splice(0).map((atMs) => atMs - fromMs);
    await pass(rig.clock, 999);
    expect(sinceStart()).toEqual([]);
    await pass(rig.clock, 1);
    expect(sinceStart()).toEqual([1_000]);
    await pass(rig.clock, 58_499);
    expect(sinceStart()).toEqual([]);
    await pass(rig.clock, 1);
    expect(sinceStart()).toEqual([59_500]);
    await wait.stop();
  }, 30_000);

  it('that its queue refuses as too large is buried, and holds nothing up behind it', async () => {
    const rig = await buildRig();
    const inner = await rig.road.producer();
    const refusing: RoadProducer = {
      send: (records) =>
        records.some(({ topic, value }) => topic === 'math' && value?.toString() === 'huge')
          ? Promise.reject(new SunbeonError('RECORD_TOO_LARGE', 'refused'))
          : inner.send(records),
      disconnect: () => inner.disconnect(),
    };
    await rig.producer.send(['a', 'huge', 'b'].map((value) => retry(rig, value, 0)));
    const wait = await started({ ...rig, produce: new Produce(refusing) });
    await pass(rig.clock, 20_000);
    expect([back(rig), back(rig, 'math.dlq')]).toEqual([['a', 'b'], ['huge']]);
    const [dead] = rig.road.dumpTopic('math.dlq');
    expect(headerText(dead!.headers, HEADER.errorCode)).toBe('RECORD_TOO_LARGE');
    expect(headerText(dead!.headers, HEADER.dltTopic)).toBe('math.retry.1s');
    expect(await rig.committed('math.retry', 'math.retry.1s')).toEqual([3]);
    await wait.stop();
  });

  it('written by a clock that ran ahead does not hold up those behind it', async () => {
    const rig = await buildRig();
    let aheadMs = 3_600_000;
    const { clock } = rig;
    const log = { now: () => clock.now() + aheadMs };
    const road = memoryRoad({ topics: { math: 1, 'math.retry.1s': 1, 'math.retry.1m': 1 }, clock: log });
    const producer = await road.producer();
    await producer.send([retry({ ...rig, clock: log as FakeClock }, 'ahead', 1_000)]);
    aheadMs = 0;
    await producer.send([retry(rig, 'b', 1_000)]);
    const wait = await started({ ...rig, road, produce: new Produce(producer) });
    await pass(clock, 1_000);
    expect(back({ ...rig, road })).toEqual(['b']);
    await wait.stop();
  });

  it('is not sent twice by a rebalance', async () => {
    const rig = await buildRig({ partitions: 2 });
    await rig.producer.send(['a', 'b', 'c'].map((value) => ({ ...retry(rig, value, 1_000), key: value })));
    const wait = await started(rig);
    await pass(rig.clock, 500);
    rig.road.rebalance('math.retry');
    await pass(rig.clock, 700);
    expect(back(rig).sort()).toEqual(['a', 'b', 'c']);
    rig.road.rebalance('math.retry');
    await pass(rig.clock, 2_000);
    expect(back(rig)).toHaveLength(3);
    await wait.stop();
  });

  it('of a partition that another member gets is sent on by that one', async () => {
    const rig = await buildRig({ partitions: 2 });
    const values = ['a', 'b', 'c', 'd', 'e', 'f'];
    await rig.producer.send(values.map((value) => ({ ...retry(rig, value, 1_000), key: value })));
    const one = await started(rig);
    await pass(rig.clock, 100);
    const two = await started(rig);
    await pass(rig.clock, 2_000);
    expect(back(rig).sort()).toEqual(values);
    await Promise.all([one.stop(), two.stop()]);
    expect(await rig.committed('math.retry', 'math.retry.1s')).not.toContain(undefined);
  });
});

describe('a waiter', () => {
  it('stops while records wait: they stay, for the next one', async () => {
    const rig = await buildRig();
    await rig.producer.send([retry(rig, 'a', 1_000)]);
    const wait = await started(rig);
    await pass(rig.clock, 500);
    await Promise.all([wait.stop(), wait.stop()]);
    expect(rig.clock.pending).toBe(0);
    await pass(rig.clock, 5_000);
    expect([back(rig), rig.clock.pending]).toEqual([[], 0]);
    const next = await started(rig);
    await eventually(() => back(rig).length === 1, 'the retry');
    await next.stop();
  });

  it('stops while the broker takes nothing', async () => {
    const rig = await buildRig();
    await rig.producer.send([retry(rig, 'a', 0)]);
    rig.road.failSends(() => true);
    const wait = await started(rig);
    await pass(rig.clock, 1_000);
    await ended(rig.clock, wait);
    expect([await rig.committed('math.retry', 'math.retry.1s'), rig.clock.pending]).toEqual([[undefined], 0]);
  });

  it('needs no member where there is no retry topic, and may be stopped unstarted', async () => {
    const { route, road, clock, events, produce } = await buildRig();
    const deps = { road, clock, events, produce, options: { intervalMs: 1, everyRecords: 1, drainTimeoutMs: 1 } };
    const none = new Wait(route, { ...deps, tiersMs: [] });
    await none.start();
    await none.stop();
    await new Wait(route, { ...deps, tiersMs: TIERS }).stop();
    expect((await (await road.admin()).groups(['math.retry']))[0]!.members).toEqual([]);
  });
});

describe('the hops of a wait', () => {
  const tiers = fc.uniqueArray(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 4 });

  it('end at the due moment, never early, and late by less than the shortest tier', () => {
    fc.assert(
      fc.property(tiers, fc.nat(20_000), (unsorted, waitMs) => {
        const tiersMs = [...unsorted].sort((a, b) => a - b);
        const route = routeOf(ADD, undefined);
        const headers = { [HEADER.notBefore]: String(1_000_000 + waitMs) };
        let nowMs = 1_000_000;
        // Where settle puts it first is the same choice: a hop from now.
        let { topic } = nextHop(incoming({ headers }), nowMs, { route, tiersMs });
        for (let hops = 0; topic !== route.again; hops++) {
          expect(hops).toBeLessThan(30_000);
          const record = incoming({ topic, headers, timestampMs: nowMs });
          nowMs = Math.max(nowMs, dueAt(record, route));
          ({ topic } = nextHop(record, nowMs, { route, tiersMs }));
        }
        expect(nowMs).toBe(1_000_000 + waitMs);
      }),
    );
  });
});
