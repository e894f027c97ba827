import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import { away, rig, values } from './produce-rig.fake.js';
import { eventually, outgoing } from './rig.fake.js';

describe('a delivery timeout', () => {
  it('is not for who is patient while a request is on its way, and is between two tries', async () => {
    const { producer, clock, answer, produce, failure } = rig();
    const patient = failure(produce.send([outgoing('a')], { isPatient: true }));
    let told = false;
    void patient.then(() => (told = true));
    await eventually(() => producer.open === 1, 'the request');
    const hasty = failure(produce.send([outgoing('b')]));
    await clock.advance(1_000);
    expect(await hasty).toMatchObject({ code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: false } });
    await clock.advance(20_000);
    expect(told).toBe(false);
    await answer(away(false));
    await clock.advance(100); // the next try
    await clock.advance(20_000);
    expect(told).toBe(false);
    for (let i = 0; i < 5 && !told; i++) {
      await answer(away(false));
      await clock.advance(1_000);
    }
    expect(await patient).toMatchObject({ code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: false } });
    expect(clock.pending).toBeLessThanOrEqual(1); // a pause between two tries, of which none follows
    await produce.drain();
    expect(clock.pending).toBe(0);
  });

  it('of a call beside a patient one comes in time', async () => {
    const { producer, clock, answer, produce, failure } = rig();
    const both = [produce.send([outgoing('a')], { isPatient: true })];
    await clock.advance(600);
    await eventually(() => producer.open === 1, 'the request');
    const later = failure(produce.send([outgoing('b')]));
    await clock.advance(999);
    await clock.advance(1);
    expect(await later).toMatchObject({ code: 'DELIVERY_TIMEOUT' });
    await answer();
    await Promise.all(both);
    await produce.drain();
    expect(clock.pending).toBe(0);
    expect(producer.requests.map(values)).toEqual([['a']]);
  });
});

describe('a patient call whose request is not on its way', () => {
  const refusing = async (rigged: ReturnType<typeof rig>, until: () => boolean) => {
    for (let i = 0; i < 40 && !until(); i++) {
      if (rigged.producer.open === 1) rigged.producer.answer(away(false));
      await rigged.clock.advance(500);
    }
  };

  it('is given up in time between two tries of its second slice', async () => {
    const rigged = rig({ maxBatchBytes: 21 });
    const { produce, answer, failure } = rigged;
    let told: unknown;
    void failure(produce.send([outgoing('a'), outgoing('b')], { isPatient: true })).then((outcome) => (told = outcome));
    await answer(); // the first slice is written, then the broker is away
    await eventually(() => rigged.producer.open === 1, 'the second slice');
    let drained = false;
    void produce.drain().then(() => (drained = true));
    await refusing(rigged, () => drained);
    expect(told).toMatchObject({ code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: true } });
    expect(drained).toBe(true);
  });

  it('and whose neighbour was refused does not keep a stop waiting', async () => {
    const rigged = rig();
    const { produce, answer, failure } = rigged;
    let drained = false;
    const calls = ['a', 'b'].map((text) => failure(produce.send([outgoing(text)], { isPatient: true })));
    await answer(new SunbeonError('RECORD_TOO_LARGE', 'one of them', { facts: { mayHaveHappened: false } }));
    void produce.drain().then(() => (drained = true));
    await eventually(() => rigged.producer.open === 1, 'the first half');
    await refusing(rigged, () => drained);
    expect(drained).toBe(true);
    await Promise.all(calls);
  });
});
