import { expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { FakeClock } from '@sunbeon/testing';
import fc from 'fast-check';
import { mayHaveHappened } from './produce-errors.js';
import { Produce } from './produce.js';
import { sizeOf } from './record-size.js';
import { outgoing } from './rig.fake.js';

type Fate = 'written' | 'unsent' | 'lost acknowledgement' | 'slow';

/** A broker that fails as it is told, call by call, and then not any more. */
class Broker implements RoadProducer {
  readonly log: string[] = [];
  atOnce = 0;
  largest = 0;

  constructor(
    private readonly fates: Fate[],
    private readonly clock: FakeClock,
  ) {}

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    expect(++this.atOnce).toBe(1);
    this.largest = Math.max(this.largest, records.map(sizeOf).reduce((a, b) => a + b, 0)); // prettier-ignore
    const fate = this.fates.shift() ?? 'written';
    await new Promise<void>((resume) => (fate === 'slow' ? this.clock.after(700, resume) : setImmediate(resume)));
    this.atOnce--;
    if (fate === 'unsent') throw failed(false);
    this.log.push(...records.map(({ value }) => value!.toString()));
    if (fate === 'lost acknowledgement') throw failed(true);
  }

  disconnect(): Promise<void> {
    return Promise.resolve();
  }
}

const failed = (may: boolean) =>
  new SunbeonError('SEND_FAILED', 'so the test wants it', { facts: { mayHaveHappened: may } });

const options = fc.record({
  maxBufferBytes: fc.integer({ min: 1, max: 300 }),
  maxBatchBytes: fc.integer({ min: 1, max: 200 }),
  whenFull: fc.constantFrom('wait' as const, 'fail' as const),
  maxLingerMs: fc.constantFrom(0, 5),
  deliveryTimeoutMs: fc.constant(1_000),
});
/** Milliseconds before each call, and how many records it has. */
const calls = fc.array(fc.record({ afterMs: fc.constantFrom(0, 0, 0, 1, 90, 500), records: fc.integer({ min: 1, max: 4 }) }), { maxLength: 30 }); // prettier-ignore
const fates = fc.array(fc.constantFrom<Fate>('written', 'unsent', 'lost acknowledgement', 'slow'), { maxLength: 30 });

it('whatever fails: acknowledged is written, not sent is not written, and the first copies are in the order of the calls', () =>
  fc.assert(
    fc.asyncProperty(options, calls, fates, async (limits, made, whatHappens) => {
      const clock = new FakeClock();
      const broker = new Broker([...whatHappens], clock);
      const produce = new Produce(broker, limits, clock);
      const outcomes: Promise<{ call: number; failure: unknown }>[] = [];
      for (const [call, { afterMs, records }] of made.entries()) {
        await clock.advance(afterMs);
        const sent = produce.send(Array.from({ length: records }, (_, n) => outgoing(`${call}.${n}`)));
        outcomes.push(sent.then(() => ({ call, failure: undefined }), (failure: unknown) => ({ call, failure }))); // prettier-ignore
      }
      for (let i = 0; i < 60; i++) await clock.advance(1_000);
      await produce.drain();
      expect(clock.pending).toBe(0);
      for (const { call, failure } of await Promise.all(outcomes)) {
        const copies = broker.log.filter((text) => text.startsWith(`${call}.`));
        if (failure === undefined) expect(new Set(copies).size).toBe(made[call]!.records);
        else if (!mayHaveHappened(failure)) expect(copies).toEqual([]);
      }
      const firsts = [...new Set(broker.log)];
      const inOrder = firsts.toSorted((a, b) => Number(a.split('.')[0]) - Number(b.split('.')[0]) || Number(a.split('.')[1]) - Number(b.split('.')[1])); // prettier-ignore
      expect(firsts).toEqual(inOrder);
      expect(firsts).toHaveLength(broker.log.length); // what may be written is the caller's to send again
      expect(broker.largest).toBeLessThanOrEqual(Math.max(limits.maxBatchBytes, 30));
    }),
    { numRuns: 150 },
  ));
