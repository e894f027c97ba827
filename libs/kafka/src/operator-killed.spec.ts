import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buriedRig, killedAt, MATH, slowTo } from './operator.fake.js';
import { FakeClock } from '@sunbeon/testing';
import { readAudit } from './audit.js';
import { pass } from './rig.fake.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, value) => value);

/** The act that began last. */
async function lastAct(road: Parameters<typeof readAudit>[0]['road']): Promise<string | undefined> {
  let act: string | undefined;
  await readAudit({ road, prefix: '' }, (entry) => void (act = entry.act));
  return act;
}

const kill = fc.record({
  n: fc.integer({ min: 1, max: 12 }),
  when: fc.constantFrom('before' as const, 'after' as const),
  next: fc.constantFrom('resume' as const, 'repeat' as const),
});

describe('a replay that is killed', () => {
  it('any number of times, at any send, ends with each record sent once', () =>
    fc.assert(
      fc.asyncProperty(fc.array(kill, { maxLength: 3 }), fc.constantFrom(undefined, 2, 40), async (kills, rate) => {
        const { road, operator, done, sent } = await buriedRig(20);
        const order = rate === undefined ? {} : { rate };
        const go = (over: { road?: typeof road }, next: 'resume' | 'repeat', act: string | undefined) => {
          const one = operator(over);
          return next === 'resume' && act !== undefined ? one.resume(act) : one.replay(MATH, order);
        };
        let next: 'resume' | 'repeat' = 'repeat';
        for (const { n, when, next: then } of kills) {
          const dying = { ...road, ...killedAt(road, n, when) };
          await done(go({ road: dying }, next, await lastAct(road))).catch(() => undefined);
          next = then;
        }
        await done(go({}, next, await lastAct(road))).catch((error: unknown) => expect(error).toMatchObject({ code: 'ACT_UNKNOWN' })); // prettier-ignore
        await done(operator().replay(MATH)); // who was killed before anything was on the journal cannot be resumed
        expect(sent()).toEqual(upTo(20));
      }),
      { numRuns: 60 },
    ), 60_000); // prettier-ignore

  it('and gone on with under --again sends each record once more, not twice', () =>
    fc.assert(
      fc.asyncProperty(kill, async ({ n, when }) => {
        const { road, operator, done, sent } = await buriedRig(20);
        await done(operator().replay(MATH));
        const dying = { ...road, ...killedAt(road, n + 2, when) };
        const first = await done(operator({ road: dying }).replay(MATH, { again: true, rate: 4 })).catch(() => undefined);
        if (first === undefined) await done(operator().resume((await lastAct(road))!));
        expect(sent()).toEqual([...upTo(20), ...upTo(20)].sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    ), 60_000); // prettier-ignore
});

describe('two replays at the same time', () => {
  it('send each record once', () =>
    fc.assert(
      fc.asyncProperty(fc.constantFrom(undefined, 10), fc.constantFrom(undefined, 7), async (one, other) => {
        const { operator, done, sent } = await buriedRig(60);
        const orders = [one, other].map((rate) => (rate === undefined ? {} : { rate }));
        const counts = await done(Promise.all(orders.map((order) => operator().replay(MATH, order))));
        expect(sent()).toEqual(upTo(60));
        expect(counts.reduce((sum, { done: sentByIt }) => sum + sentByIt, 0)).toBe(60);
      }),
      { numRuns: 8 },
    ), 60_000); // prettier-ignore

  it('of which one goes on with the other send each record once: the first one stops', async () => {
    const { road, operator, done, sent } = await buriedRig(60);
    const first = operator().replay(MATH, { rate: 5 });
    const stopped = expect(first).rejects.toMatchObject({ code: 'ACT_TAKEN_OVER' });
    const second = (async () => {
      while ((await lastAct(road).catch(() => undefined)) === undefined || sent().length < 3) await new Promise(setImmediate); // prettier-ignore
      return operator().resume((await lastAct(road))!);
    })();
    const counts = await done(second);
    await done(stopped);
    expect(counts).toEqual({ matched: 60, done: 60, skipped: 0, failed: 0 });
    expect(sent()).toEqual(upTo(60));
  }, 60_000);

  it.each([false, true])('of which one stands still until the other has gone on with it to its end (again: %s)', async (again) => {
    const { road, operator, done, sent } = await buriedRig(60);
    const still = new FakeClock();
    let stoodMs = 0;
    const own = { now: () => still.now() + stoodMs, after: still.after.bind(still) };
    const first = operator({ clock: own }).replay(MATH, { rate: 5, again });
    const stopped = expect(first).rejects.toMatchObject({ code: 'ACT_TAKEN_OVER' });
    while (sent().length < 3) await pass(still, 100);
    const counts = await done(operator().resume((await lastAct(road))!));
    expect(counts).toEqual({ matched: 60, done: 60, skipped: 0, failed: 0 });
    stoodMs = 60_000;
    let isOver = false;
    void first.catch(() => undefined).finally(() => (isOver = true));
    while (!isOver) await pass(still, 1_000);
    await stopped;
    expect(sent()).toEqual(upTo(60));
  }, 60_000); // prettier-ignore

  it('of which the clock of one is set back send each record once', async () => {
    const { clock, road, operator, done, sent } = await buriedRig(25);
    let stepMs = 0;
    const own = { now: () => clock.now() + stepMs, after: clock.after.bind(clock) };
    const first = operator({ clock: own, road: slowTo(road, 'math', clock) }).replay(MATH, { rate: 5 });
    const stopped = expect(first).rejects.toMatchObject({ code: 'ACT_TAKEN_OVER' });
    while (sent().length < 3) await pass(clock, 100);
    stepMs = -30_000;
    await done(operator().resume((await lastAct(road))!));
    await done(stopped);
    expect(sent()).toEqual(upTo(25));
  }, 60_000);

  it('of which the clock of the later one is set forward send each record once', async () => {
    const { clock, road, operator, done, sent } = await buriedRig(25);
    let stepMs = 0;
    const own = { now: () => clock.now() + stepMs, after: clock.after.bind(clock) };
    const first = operator({ road: slowTo(road, 'math', clock) }).replay(MATH, { rate: 5 });
    while (sent().length < 3) await pass(clock, 100);
    const second = operator({ clock: own, onWait: () => void clock.after(300, () => (stepMs = 3_600_000)) }).replay(
      MATH,
    );
    await done(Promise.all([first, second]));
    expect(sent()).toEqual(upTo(25));
  }, 60_000);

  it('of which one is given up while the driver still tries to send each record once', async () => {
    const { clock, road, operator, done, sent } = await buriedRig(4);
    const late: typeof road = {
      ...road,
      async producer({ tryingMs = 60_000 } = {}) {
        const producer = await road.producer();
        const send: typeof producer.send = async (records) => {
          if (records[0]!.topic === 'math') await new Promise<void>((resume) => clock.after(tryingMs - 1, resume));
          return producer.send(records);
        };
        return { send, disconnect: () => producer.disconnect() };
      },
    };
    const first = operator({ road: late }).replay(MATH);
    first.catch(() => undefined);
    await pass(clock, 5_000);
    await done(operator().resume((await lastAct(road))!));
    await pass(clock, 60_000);
    await done(first.catch(() => undefined));
    expect(sent()).toEqual(upTo(4));
  }, 60_000);
});
