import { toHeaders } from '@sunbeon/core/headers';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { IncomingRecord, OutgoingRecord, Road } from '@sunbeon/core/ports';
import { FakeClock, memoryRoad } from '@sunbeon/testing';
import { Operator, type OperatorOptions } from './operator.js';
import { outgoing, pass } from './rig.fake.js';

export const MATH = { queue: 'math', dlq: 'math.dlq', again: 'math' };

/** A cluster with so many buried records, numbered by their values, on two partitions. */
export async function buriedRig(count: number) {
  const clock = new FakeClock();
  const road = memoryRoad({ topics: { math: 2, 'math.dlq': 2, elsewhere: 1 }, clock });
  const producer = await road.producer();
  const bury = (values: readonly number[]): Promise<void> => producer.send(values.map(buriedRecord));
  await bury(Array.from({ length: count }, (_, value) => value));
  const operator = (over: Partial<OperatorOptions> = {}): Operator => new Operator({ road, by: 'ada', clock, ...over });
  /** To its end, while time passes as fast as it can. */
  const done = async <T>(work: Promise<T>): Promise<T> => {
    let isOver = false;
    const ended = work.finally(() => (isOver = true));
    ended.catch(() => undefined);
    while (!isOver) await pass(clock, 100);
    return ended;
  };
  return { clock, road, producer, bury, operator, done, sent: () => valuesOn(road.dumpTopic('math')) };
}

function buriedRecord(value: number): OutgoingRecord {
  const headers = toHeaders(createEnvelope({ id: `id-${value}`, type: 'math.add', source: 's', timeMs: 5 }));
  const error = { 'sunbeon-error-code': value % 2 === 0 ? 'EVEN' : 'ODD' };
  return outgoing(String(value), { topic: 'math.dlq', partition: value % 2, headers: { ...headers, ...error } });
}

/** In ascending order. */
export function valuesOn(records: readonly IncomingRecord[]): number[] {
  return records.map(({ value }) => Number(value)).sort((a, b) => a - b);
}

/**
 * The road as a process has it that is killed at its `n`th send: either before the broker has it, or before it hears of it. What it
 * does from then on comes to nothing.
 */
export function killedAt(road: Road, n: number, when: 'before' | 'after'): Road {
  let sends = 0;
  const dead = () => new Promise<never>((_, reject) => setImmediate(() => reject(new Error('killed'))));
  return {
    ...road,
    async producer() {
      const producer = await road.producer();
      return {
        send: async (records) => {
          if (++sends < n) return producer.send(records);
          if (sends === n && when === 'after') await producer.send(records);
          return dead();
        },
        disconnect: () => producer.disconnect(),
      };
    },
  };
}

/** A road on which a send to this topic takes a second. */
export function slowTo(road: Road, topic: string, clock: FakeClock): Road {
  return {
    ...road,
    async producer() {
      const producer = await road.producer();
      return {
        send: async (records) => {
          if (records[0]!.topic === topic) await new Promise<void>((resume) => clock.after(1_000, resume));
          return producer.send(records);
        },
        disconnect: () => producer.disconnect(),
      };
    },
  };
}
