import { describe, expect, it } from '@jest/globals';
import { BREAKER } from './breaker-options.js';
import { QueueControl } from './control-queue.js';
import type { Gate } from './gate.js';
import { buildRig, pass } from './rig.fake.js';
import { taskOf, consumerOn, send, dead, condemning } from './hold-rig.fake.js';

describe('lanes that wait, and a queue that is paused', () => {
  it('a condemned record that is a probe gives its place back', async () => {
    const rig = await buildRig();
    const open = new Set<object>();
    const strangers: object[] = [];
    const gate: Gate = {
      paused: undefined,
      mayBegin: () => true,
      whenOpen: () => undefined,
      began: (work) => void open.add(work),
      judged: () => undefined,
      ended: (work) => void (open.delete(work) || strangers.push(work)),
    };
    await send(rig, [1, 'k']);
    const road = condemning(rig, 0);
    const { stop } = await consumerOn(rig, taskOf({}), {}, { gate, road, maxDeliveries: 3 });
    await pass(rig.clock, 30_000);
    expect(dead(rig)).toEqual(['1 DELIVERIES_EXCEEDED']);
    expect(open.size).toBe(0);
    await stop();
  });

  it('a condemned record that is a probe does not shut its queue for ever', async () => {
    const rig = await buildRig();
    const control = new QueueControl({
      queue: 'math',
      breaker: BREAKER,
      clock: rig.clock,
      events: rig.events,
      by: 'me',
      spread: 0,
      tell: (circuit) => setImmediate(() => control.readCircuit(circuit)),
    });
    control.known();
    const now = rig.clock.now();
    control.readCircuit({
      state: 'open',
      epoch: 7,
      sinceMs: now,
      untilMs: now + 1_000,
      reason: 'r',
      by: 'other',
      trips: 1,
    });
    await send(rig, [1, 'k'], ...Array.from({ length: 20 }, (_, i): [number, string] => [i + 2, `k${i}`]));
    const road = condemning(rig, 0);
    const { ran, consume, stop } = await consumerOn(rig, taskOf({}), {}, { gate: control, road, maxDeliveries: 3 });
    control.whenOpen(() => consume.next());
    await pass(rig.clock, 1_800_000); // half an hour
    expect([dead(rig), control.paused?.state, ran.length]).toEqual([['1 DELIVERIES_EXCEEDED'], undefined, 20]);
    await stop();
  }, 60_000);

  it('what is buried with its lane is no failed probe', async () => {
    const rig = await buildRig();
    const control = new QueueControl({
      queue: 'math',
      breaker: { ...BREAKER, minAttempts: 5 },
      clock: rig.clock,
      events: rig.events,
      by: 'me',
      spread: 0,
      tell: (circuit) => setImmediate(() => control.readCircuit(circuit)),
    });
    control.known();
    const { ran, consume, stop } = await consumerOn(
      rig,
      taskOf({ then: 'bury' }, [1_000, 1_000, 1_000]),
      { 1: 9 },
      { gate: control },
    );
    control.whenOpen(() => consume.next());
    await send(rig, ...Array.from({ length: 41 }, (_, i): [number, string] => [i + 1, 'k']));
    await pass(rig.clock, 3_000);
    await send(rig, [100, 'healthy']);
    await pass(rig.clock, 1_000);
    const sinceMs = rig.clock.now();
    while (dead(rig).length < 41 && rig.clock.now() - sinceMs < 12 * 3_600_000) await pass(rig.clock, 60_000);
    expect([dead(rig).length, ran.at(-1), (rig.clock.now() - sinceMs) / 60_000]).toEqual([
      41,
      '100#1',
      expect.closeTo(1, 0),
    ]);
    await stop();
  }, 60_000);

  it('who has nothing but lanes that wait does not ask for the probes', async () => {
    const rig = await buildRig();
    const asked: number[] = [];
    const gate: Gate = {
      paused: undefined,
      mayBegin: ({ waiting }) => {
        asked.push(waiting);
        return true;
      },
      began: () => undefined,
      judged: () => undefined,
      ended: () => undefined,
      whenOpen: () => undefined,
    };
    const { consume, stop } = await consumerOn(rig, taskOf({}, [60_000]), { 1: 1 }, { gate });
    await send(rig, [1, 'k']);
    await pass(rig.clock, 500);
    asked.length = 0;
    consume.next();
    expect(asked).toEqual([0]);
    await stop();
  });
});
