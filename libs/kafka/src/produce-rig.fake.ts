import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { FakeClock } from '@sunbeon/testing';
import { Produce } from './produce.js';
import { eventually, outgoing, SlowProducer } from './rig.fake.js';

export const values = (records: readonly OutgoingRecord[]) => records.map(({ value }) => value!.toString());
export const away = (mayHaveHappened: boolean) =>
  new SunbeonError('BROKER_UNREACHABLE', 'away', { facts: { mayHaveHappened } });

/** A producer whose every answer is given by hand, and whose calls have a second. */
export function rig(options: ConstructorParameters<typeof Produce>[1] = {}) {
  const producer = new SlowProducer();
  const clock = new FakeClock();
  const produce = new Produce(producer, { deliveryTimeoutMs: 1_000, ...options }, clock);
  const send = (...texts: string[]) => produce.send(texts.map((text) => outgoing(text)));
  const answer = async (error?: unknown) => {
    await eventually(() => producer.open === 1, 'a request');
    producer.answer(error);
  };
  /** What a call fails with. */
  const failure = (call: Promise<void>): Promise<unknown> =>
    call.then(
      () => 'acknowledged',
      (error: unknown) => error,
    );
  return { producer, clock, produce, send, answer, failure };
}
