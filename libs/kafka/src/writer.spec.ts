import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import { Events } from '@sunbeon/core/events';
import { FakeClock } from '@sunbeon/testing';
import { Produce } from './produce.js';
import { eventually, listen, pass, outgoing, SlowProducer } from './rig.fake.js';
import { pause, writeUntilAcknowledged } from './writer.js';

const FACTS = { id: 'i', contract: 'c', attempt: 1, topic: 't', partition: 0, offset: 0, group: 'g' };

function build(insist = false) {
  const [clock, events, producer, release] = [new FakeClock(), new Events(), new SlowProducer(), new AbortController()];
  const produce = new Produce(producer, { maxRecordBytes: 1_000 }, clock);
  const writing = { facts: FACTS, released: release.signal, insist };
  return {
    clock,
    events,
    producer,
    release,
    write: (value: string) => writeUntilAcknowledged([outgoing(value)], writing, { produce, events, clock }),
  };
}

describe('a verdict is written', () => {
  it('once, however long its request takes', async () => {
    const { clock, events, producer, write } = build();
    const heard = listen(events, 'settle.failed');
    const written = write('v');
    await eventually(() => producer.open === 1, 'the request');
    await pass(clock, 120_000);
    producer.answer();
    expect(await written).toBe('acknowledged');
    await pass(clock, 10_000);
    expect(producer.requests).toHaveLength(1);
    expect(heard).toEqual([]);
  });

  it('until it is acknowledged, at growing intervals of five seconds at most', async () => {
    const { clock, events, producer, write } = build();
    const heard = listen(events, 'settle.failed');
    const written = write('v');
    const startMs = clock.now();
    const tries: number[] = [];
    for (let i = 0; i < 9; i++) {
      while (producer.open === 0) await pass(clock, 50);
      tries.push(clock.now() - startMs);
      producer.answer(i < 8 ? new SunbeonError('SEND_FAILED', 'away') : undefined);
      await pass(clock, 0);
    }
    expect(await written).toBe('acknowledged');
    const waits = tries.slice(1).map((at, i) => at - tries[i]!);
    expect(waits).toEqual([100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
    expect(heard.map(([, { tries: count }]) => count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(clock.pending).toBe(0);
  });

  it('no longer once the consumer lets go', async () => {
    const { clock, events, producer, release, write } = build();
    const heard = listen(events, 'settle.failed');
    const written = write('v');
    await eventually(() => producer.open === 1, 'the first try');
    producer.answer(new SunbeonError('SEND_FAILED', 'away'));
    await eventually(() => heard.length === 1, 'the pause');
    release.abort();
    await eventually(() => producer.open === 1, 'the last try');
    producer.answer(new SunbeonError('SEND_FAILED', 'away'));
    expect(await written).toBe('released');
    expect(clock.pending).toBe(0);
  });

  it('not again when it is too large, unless nothing else can be done with it', async () => {
    expect(await build().write('x'.repeat(2_000))).toBe('too-large');
    const { clock, events, release, write } = build(true);
    const heard = listen(events, 'settle.failed');
    const written = write('x'.repeat(2_000));
    await pass(clock, 1_000);
    expect(heard.length).toBeGreaterThan(2);
    release.abort();
    expect(await written).toBe('released');
  });
});

describe('a pause', () => {
  it('ends with its time or with the signal, and leaves no timer and no listener', async () => {
    const clock = new FakeClock();
    const controller = new AbortController();
    const first = pause(clock, 10, controller.signal);
    await pass(clock, 10);
    await first;
    const second = pause(clock, 10, controller.signal);
    controller.abort();
    await second;
    await pause(clock, 10, controller.signal);
    expect(clock.pending).toBe(0);
  });
});
