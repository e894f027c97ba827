import { describe, expect, it } from '@jest/globals';
import { SunbeonError } from '@sunbeon/core';
import type { OutgoingRecord } from '@sunbeon/core/ports';
import { Produce } from './produce.js';
import { away, rig, values } from './produce-rig.fake.js';
import { eventually, outgoing } from './rig.fake.js';
import { Unwritten } from './unwritten.js';

describe('a delivery timeout', () => {
  it('of a call that is under way says that it may have happened', async () => {
    const { producer, clock, send, answer, produce, failure } = rig();
    const outcome = failure(send('a'));
    await eventually(() => producer.open === 1, 'the request');
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({
      code: 'DELIVERY_TIMEOUT',
      retriable: true,
      facts: { mayHaveHappened: true },
    });
    await answer();
    await produce.drain();
    expect(clock.pending).toBe(0);
  });

  it('of a call that still waits says that it was not sent, and it is not sent later', async () => {
    const { producer, clock, send, answer, produce } = rig({ maxBufferBytes: 50 });
    const first = Promise.allSettled([send('a')]);
    await eventually(() => producer.open === 1, 'the request');
    const rest = Promise.allSettled([send('b'), send('c'), send('d')]); // b and c wait for the request, d for room
    await clock.advance(1_000);
    for (const outcome of await rest)
      expect(outcome).toMatchObject({ reason: { code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: false } } });
    await answer();
    await first;
    await produce.drain();
    expect(producer.requests.map(values)).toEqual([['a']]);
  });

  it('counts from the call, for each one', async () => {
    const { clock, send, answer, produce, producer } = rig();
    const outcomes: string[] = [];
    const note = (text: string) => send(text).then(() => outcomes.push(text), () => outcomes.push(`-${text}`)); // prettier-ignore
    const all = [note('a')];
    await eventually(() => producer.open === 1, 'the request');
    await clock.advance(600);
    all.push(note('b'));
    await clock.advance(400);
    expect(outcomes).toEqual(['-a']);
    await answer();
    await answer();
    await Promise.all(all);
    await produce.drain();
    expect(outcomes).toEqual(['-a', 'b']);
  });
});

describe('a request that was surely not sent', () => {
  it('is tried again, before all that came later', async () => {
    const { producer, clock, send, answer } = rig();
    const first = send('a');
    await answer(away(false));
    const second = send('b');
    await clock.advance(100);
    await answer();
    await first;
    await answer();
    await second;
    expect(producer.requests.map(values)).toEqual([['a'], ['a'], ['b']]);
  });

  it('is given up when its time is over, with the last error as cause, and nothing can have happened', async () => {
    const { clock, send, answer, produce, failure } = rig();
    const outcome = failure(send('a'));
    await answer(away(false));
    for (const pauseMs of [100, 200, 400]) {
      await clock.advance(pauseMs);
      await answer(away(false));
    }
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: false }, cause: { code: 'BROKER_UNREACHABLE' } }); // prettier-ignore
    await produce.drain();
  });

  it('leaves those behind whose time is over', async () => {
    const { producer, clock, send, answer, produce } = rig();
    const first = Promise.allSettled([send('a')]);
    await answer(away(false));
    await clock.advance(900);
    await eventually(() => producer.open === 1, 'the second try');
    const second = send('b');
    await clock.advance(100);
    expect(await first).toMatchObject([{ reason: { code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: true } } }]);
    await answer(away(false));
    await clock.advance(200);
    await answer();
    await second;
    await produce.drain();
    expect(producer.requests.map(values)).toEqual([['a'], ['a'], ['b']]);
  });
});

describe('a request that may have been written', () => {
  it('is not tried again: its callers are told', async () => {
    const { producer, send, answer } = rig();
    const outcomes = Promise.allSettled([send('a'), send('b')]);
    await answer(away(true));
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ reason: { code: 'BROKER_UNREACHABLE', facts: { mayHaveHappened: true } } });
    expect(producer.requests).toHaveLength(1);
  });

  it('is also the second slice of a call whose first is written', async () => {
    const { send, answer, clock, failure } = rig({ maxBatchBytes: 21 });
    const outcome = failure(send('a', 'b'));
    await answer();
    await answer(away(false));
    await clock.advance(1_000);
    expect(await outcome).toMatchObject({ code: 'DELIVERY_TIMEOUT', facts: { mayHaveHappened: true } });
  });
});

describe('a bad call', () => {
  it('among a hundred is found in few requests, and the others arrive in their order', async () => {
    const written: string[] = [];
    let requests = 0;
    const producer = {
      send: async (records: readonly OutgoingRecord[]) => {
        requests++;
        if (values(records).includes('37')) throw new SunbeonError('TOPIC_MISSING', 'no such topic');
        written.push(...values(records));
      },
      disconnect: () => Promise.resolve(),
    };
    const produce = new Produce(producer);
    const texts = Array.from({ length: 100 }, (_, n) => String(n));
    const outcomes = await Promise.allSettled(texts.map((text) => produce.send([outgoing(text)])));
    expect(outcomes.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([37]);
    expect(written).toEqual(texts.filter((text) => text !== '37'));
    expect(requests).toBeLessThan(16);
  });

  it('whose partition refuses does not have the others written a second time', async () => {
    const written: string[] = [];
    const producer = {
      send: async (records: readonly OutgoingRecord[]) => {
        const refused = records.filter(({ partition }) => partition === 1);
        const others = records.filter(({ partition }) => partition !== 1);
        written.push(...values(others));
        if (refused.length < 2) return void written.push(...values(refused));
        const failure = new SunbeonError('RECORD_TOO_LARGE', 'refused', { facts: { mayHaveHappened: false } });
        const cause = new Unwritten([{ records: refused, failure }], failure);
        throw new SunbeonError('RECORD_TOO_LARGE', 'of a batch', { cause });
      },
      disconnect: () => Promise.resolve(),
    };
    const produce = new Produce(producer);
    const texts = Array.from({ length: 12 }, (_, n) => String(n));
    await Promise.all(texts.map((text, n) => produce.send([{ ...outgoing(text), partition: n % 3 }])));
    expect(written.toSorted()).toEqual(texts.toSorted());
  });

  it('whose partition is in doubt is not sent again: its callers are told, and no others', async () => {
    const { produce, producer, answer, failure } = rig();
    const calls = ['a', 'b', 'c'].map((text, partition) => failure(produce.send([{ ...outgoing(text), partition }])));
    await eventually(() => producer.open === 1, 'a request');
    const records = producer.requests[0]!;
    const part = (index: number, code: 'RECORD_TOO_LARGE' | 'BROKER_UNREACHABLE', mayHaveHappened: boolean) => {
      return { records: [records[index]!], failure: new SunbeonError(code, 'x', { facts: { mayHaveHappened } }) };
    };
    const cause = new Unwritten([part(0, 'RECORD_TOO_LARGE', false), part(1, 'BROKER_UNREACHABLE', true)], new Error());
    await answer(new SunbeonError('BROKER_UNREACHABLE', 'x', { facts: { mayHaveHappened: true }, cause }));
    await answer(); // 'a', alone
    expect(await Promise.all(calls)).toMatchObject(['acknowledged', { code: 'BROKER_UNREACHABLE' }, 'acknowledged']);
    expect(producer.requests.map(values)).toEqual([['a', 'b', 'c'], ['a']]);
  });

  it('that is partly written may have happened', async () => {
    const { produce, producer, answer, failure } = rig();
    const call = failure(produce.send([outgoing('a'), outgoing('b')]));
    await eventually(() => producer.open === 1, 'a request');
    const refusal = new SunbeonError('RECORD_TOO_LARGE', 'x', { facts: { mayHaveHappened: false } });
    const cause = new Unwritten([{ records: [producer.requests[0]![1]!], failure: refusal }], refusal);
    await answer(new SunbeonError('RECORD_TOO_LARGE', 'x', { cause }));
    expect(await call).toMatchObject({ code: 'RECORD_TOO_LARGE', facts: { mayHaveHappened: true } });
  });

  it.each([
    { part: 'key', record: { ...outgoing('x'), key: 7 } },
    { part: 'value', record: { ...outgoing('x'), value: undefined } },
    { part: 'size', record: { ...outgoing('x'), headers: { size: 3 } } },
  ])('whose $part cannot be written fails at once, and its neighbours go', async ({ part, record }) => {
    const { produce, send, answer, producer } = rig();
    const good = send('a');
    await expect(produce.send([record as unknown as OutgoingRecord])).rejects.toMatchObject({
      code: 'RECORD_INVALID',
      retriable: false,
      facts: { part },
    });
    await answer();
    await good;
    expect(producer.requests.map(values)).toEqual([['a']]);
  });
});

describe('a full buffer', () => {
  it('fails a call at once when it is told to, and takes the next when there is room', async () => {
    const { send, answer, produce } = rig({ maxBufferBytes: 30, whenFull: 'fail' });
    const first = send('a');
    await expect(send('b')).rejects.toMatchObject({ code: 'BUFFER_FULL', retriable: true, facts: { mayHaveHappened: false } }); // prettier-ignore
    await answer();
    await first;
    const next = send('c');
    await answer();
    await next;
    await produce.drain();
  });

  it('lets what the system itself must write wait all the same', async () => {
    const { produce, send, answer } = rig({ maxBufferBytes: 30, whenFull: 'fail' });
    const both = [send('a'), produce.send([outgoing('b')], { whenFull: 'wait' })];
    await answer();
    await answer();
    await Promise.all(both);
  });

  it('has no room for a small one while a large one waits for it: a call that may not wait fails', async () => {
    const { produce, answer } = rig({ maxBufferBytes: 60, whenFull: 'fail' });
    const waiting = [outgoing('a'), outgoing('b'.repeat(40))].map((record) =>
      produce.send([record], { whenFull: 'wait' }),
    );
    await expect(produce.send([outgoing('c')])).rejects.toMatchObject({ code: 'BUFFER_FULL' });
    await answer();
    await answer();
    await Promise.all(waiting);
  });
});
