import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord, RoadProducer } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import fc from 'fast-check';
import { Produce } from './produce.js';
import { sizeOf } from './record-size.js';
import { eventually, outgoing, SlowProducer } from './rig.fake.js';

const values = (records: readonly OutgoingRecord[]) => records.map(({ value }) => value!.toString());

describe('single calls become few requests', () => {
  it('sends the calls of one moment together, and those made meanwhile with the next one', async () => {
    const producer = new SlowProducer();
    const produce = new Produce(producer);
    const first = [produce.send([outgoing('a')]), produce.send([outgoing('b'), outgoing('c')])];
    await eventually(() => producer.open === 1, 'the first request');
    const second = [produce.send([outgoing('d')]), produce.send([outgoing('e')])];
    producer.answer();
    await Promise.all(first);
    await eventually(() => producer.open === 1, 'the second request');
    producer.answer();
    await Promise.all(second);
    expect(producer.requests.map(values)).toEqual([['a', 'b', 'c'], ['d', 'e']]); // prettier-ignore
  });

  it('sends nothing for nothing', async () => {
    const producer = new SlowProducer();
    await new Produce(producer).send([]);
    expect(producer.requests).toEqual([]);
  });

  it('resolves no call before its acknowledgement', async () => {
    const producer = new SlowProducer();
    let acknowledged = false;
    const call = new Produce(producer).send([outgoing('a')]).then(() => (acknowledged = true));
    await eventually(() => producer.open === 1, 'the request');
    expect(acknowledged).toBe(false);
    producer.answer();
    await call;
  });
});

describe('a call that fails', () => {
  it('fails alone when the fault is its own', async () => {
    const road = memoryRoad({ topics: { math: 1 } });
    const produce = new Produce(await road.producer());
    const calls = ['a', 'b', 'c'].map((value) => produce.send([outgoing(value, value === 'b' ? { topic: 'no' } : {})]));
    const [a, b, c] = await Promise.allSettled(calls);
    expect([a!.status, c!.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(b).toMatchObject({ reason: { code: 'TOPIC_MISSING' } });
    expect(values(road.dumpTopic('math'))).toEqual(['a', 'c']);
  });

  it('fails with its neighbours when the broker is away, and the next one goes', async () => {
    const road = memoryRoad({ topics: { math: 1 } });
    const produce = new Produce(await road.producer());
    road.failSends(1);
    const failed = await Promise.allSettled([produce.send([outgoing('a')]), produce.send([outgoing('b')])]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await produce.send([outgoing('c')]);
    expect(values(road.dumpTopic('math'))).toEqual(['c']);
  });

  it('is refused at once when a record is too large, saying what to do', async () => {
    const producer = new SlowProducer();
    const produce = new Produce(producer, { maxRecordBytes: 100 });
    const refusal = expect(produce.send([outgoing('x'.repeat(100))])).rejects;
    await refusal.toMatchObject({ code: 'RECORD_TOO_LARGE', message: expect.stringContaining('math') });
    expect(producer.requests).toEqual([]);
  });

  it('gives its room back', async () => {
    const road = memoryRoad({ topics: { math: 1 } });
    const produce = new Produce(await road.producer(), { maxBufferBytes: 30 });
    road.failSends(3);
    const calls = await Promise.allSettled(['a', 'b', 'c', 'd'].map((value) => produce.send([outgoing(value)])));
    expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'fulfilled']);
  });
});

describe('under any load', () => {
  const sizes = fc.array(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 5 }), { maxLength: 40 });
  const limits = { maxBufferBytes: fc.integer({ min: 1, max: 400 }), maxBatchBytes: fc.integer({ min: 1, max: 300 }) };
  /** Calls made at one moment, after so many answers, or in a microtask of their own. */
  const moments = fc.array(fc.nat(3), { minLength: 40, maxLength: 40 });

  it('keeps the order of the calls, one bounded request at a time', () =>
    fc.assert(
      fc.asyncProperty(sizes, fc.record(limits), moments, async (calls, options, when) => {
        const seen: OutgoingRecord[] = [];
        const log = { atOnce: 0, open: 0, largest: 0 };
        const produce = new Produce(noting(seen, log), options);
        const made: OutgoingRecord[] = [];
        const sent: Promise<void>[] = [];
        for (const [at, call] of calls.entries()) {
          for (let step = 0; step < when[at]!; step++) await Promise.resolve();
          if (when[at] === 3) await new Promise((resume) => setImmediate(resume));
          const records = call.map((size, i) => outgoing(`${at}.${i}`.padEnd(size, '-')));
          made.push(...records);
          sent.push(produce.send(records));
        }
        await produce.drain();
        expect(values(seen)).toEqual(values(made));
        await Promise.all(sent);
        expect(log.atOnce).toBeLessThanOrEqual(1);
        const largest = Math.max(0, ...made.map(sizeOf));
        expect(log.largest).toBeLessThanOrEqual(Math.max(options.maxBatchBytes, largest));
      }),
    ));

  it('does not let a call overtake one that waited for room', async () => {
    const producer = new SlowProducer();
    const produce = new Produce(producer, { maxBufferBytes: 30, maxBatchBytes: 1_000 });
    const sent = [produce.send([outgoing('a')]), produce.send([outgoing('b')])];
    await eventually(() => producer.open === 1, 'the first request');
    producer.answer();
    // Whatever microtask it is called in while the first answer makes room.
    for (let step = 0; step < 10; step++) {
      await Promise.resolve();
      sent.push(produce.send([outgoing(`c${step}`)]));
    }
    const drained = produce.drain();
    while (producer.requests.length < 12) {
      await eventually(() => producer.open === 1, 'a request');
      producer.answer();
    }
    await Promise.all([drained, ...sent]);
    expect(producer.requests.flatMap(values)).toEqual(['a', 'b', ...Array.from({ length: 10 }, (_, i) => `c${i}`)]);
  });

  it('takes a hundred thousand calls that wait for room without slowing down', async () => {
    const producer: RoadProducer = { send: () => Promise.resolve(), disconnect: () => Promise.resolve() };
    const produce = new Produce(producer, { maxBufferBytes: 2_000, maxBatchBytes: 1_000 });
    const record = outgoing('x');
    const began = performance.now();
    await Promise.all(Array.from({ length: 100_000 }, () => produce.send([record])));
    expect(performance.now() - began).toBeLessThan(5_000); // with a shifted array it takes many times that
  });
});

function noting(seen: OutgoingRecord[], log: { atOnce: number; open: number; largest: number }): RoadProducer {
  return {
    async send(records) {
      log.atOnce = Math.max(log.atOnce, ++log.open);
      log.largest = Math.max(
        log.largest,
        records.map(sizeOf).reduce((a, b) => a + b, 0),
      );
      await new Promise((resume) => setImmediate(resume));
      seen.push(...records);
      log.open--;
    },
    disconnect: () => Promise.resolve(),
  };
}

describe('drain', () => {
  it('waits for what is under way and for what waits for room', async () => {
    const producer = new SlowProducer();
    const produce = new Produce(producer, { maxBufferBytes: 1 });
    const sent = Promise.allSettled([produce.send([outgoing('a')]), produce.send([outgoing('b')])]);
    let drained = false;
    const drain = produce.drain().then(() => (drained = true));
    await eventually(() => producer.open === 1, 'the first request');
    producer.answer(new SunbeonError('SEND_FAILED', 'away'));
    await eventually(() => producer.open === 1, 'the second request');
    expect(drained).toBe(false);
    producer.answer();
    await drain;
    expect((await sent).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    await produce.drain();
  });
});
