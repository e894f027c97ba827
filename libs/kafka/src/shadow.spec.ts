import { describe, expect, it, test } from '@jest/globals';
import { Bury, Drop, Retry, type TaskContext } from '@sunbeon/core';
import { createEnvelope, JSON_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { Events, type SunbeonEvents } from '@sunbeon/core/events';
import { HEADER, toHeaders } from '@sunbeon/core/headers';
import type { Binding, OutgoingRecord, ResultStatus } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import { toResultRecord } from './results-record.js';
import { ADD, bindingOf, CODEC, RESULTS } from './rig.fake.js';
import type { ShadowOptions } from './shadow-options.js';
import { kafkaTransport } from './transport.js';

const envelopeOf = (id: string, attempt = 1) =>
  createEnvelope({ id, type: 'math.add', source: 's', timeMs: 5, attempt, contentType: JSON_CONTENT_TYPE, deadlineMs: 9 }); // prettier-ignore
const said = (id: string, value: unknown = id, over: Partial<OutgoingRecord> & { attempt?: number } = {}) => {
  const { attempt, ...record } = over;
  return { topic: 'math', partition: 0, key: null, value: Buffer.from(JSON.stringify(value)), headers: toHeaders(envelopeOf(id, attempt)), ...record }; // prettier-ignore
};
const became = (id: string, status: ResultStatus, is: { output?: unknown; error?: { code: string; name: string; message: string } } = {}) =>
  toResultRecord(RESULTS, { envelope: envelopeOf(id), label: 'math.add', status, atMs: 6, outputContentType: JSON_CONTENT_TYPE, ...is, output: is.output === undefined ? null : Buffer.from(JSON.stringify(is.output)) }); // prettier-ignore

/** Runs a shadow over what was said. */
async function shadow(
  records: readonly OutgoingRecord[],
  handle: Binding['handle'],
  of: { readonly options?: Partial<ShadowOptions>; readonly policy?: Partial<Binding['policy']> } = {},
) {
  const road = memoryRoad({ topics: { math: 2, 'math.dlq': 1, [RESULTS]: 1 } });
  await (await road.producer()).send(records);
  const sendAgain = { ...road, producer: () => Promise.reject(new Error('a shadow writes nothing')), consumer: () => Promise.reject(new Error('a shadow joins nothing')) }; // prettier-ignore
  const events = new Events();
  const ended = new Promise<SunbeonEvents['shadow.ended']>((resolve) => events.on('shadow.ended', resolve));
  const transport = kafkaTransport({ road: sendAgain, codec: CODEC, contracts: [ADD], events, shadow: { queue: 'math', ...of.options } }); // prettier-ignore
  await transport.start();
  const binding = bindingOf(ADD, handle);
  await transport.consume([{ ...binding, policy: { ...binding.policy, ...of.policy } }]);
  return { transport, ended };
}

const counts = ({ matched, compared, same, different, mended, failed, unknown }: SunbeonEvents['shadow.ended']) =>
  ({ matched, compared, same, different, mended, failed, unknown }); // prettier-ignore
const NONE = { same: 0, different: 0, mended: 0, failed: 0, unknown: 0 };
const echo: Binding['handle'] = (payload) => Promise.resolve(payload);
const boom = { code: 'HANDLER_FAILED', name: 'Error', message: 'boom 1' };

describe('a shadow', () => {
  it('compares what each message becomes with what it became, at last', async () => {
    const { ended } = await shadow(
      [
        ...['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((id) => said(id)),
        said('a', 'a', { attempt: 2 }), // a copy of what was said
        ...[became('a', 'retrying', { error: boom }), became('a', 'succeeded', { output: 'a' })],
        ...[became('b', 'succeeded', { output: 'B' }), became('c', 'buried', { error: boom })],
        ...[became('d', 'buried', { error: boom }), became('e', 'dropped', { error: { ...boom, code: 'EXPIRED' } })],
        ...[became('f', 'queued'), became('g', 'dropped', { error: boom })],
      ],
      (payload) => {
        if (payload === 'c') throw new Error('boom 2');
        if (payload === 'f') throw new Retry();
        if (payload === 'g') throw new Drop('not needed');
        return Promise.resolve(payload);
      },
    );
    const report = await ended;
    expect(counts(report)).toEqual({
      matched: 7,
      compared: 7,
      same: 3,
      different: 1,
      mended: 1,
      failed: 1,
      unknown: 1,
    });
    expect(report.examples).toContainEqual({ judgement: 'different', id: 'b', contract: 'math.add', address: 'math/0/1', was: '"B"', is: '"b"' }); // prettier-ignore
  });

  it('says what the handler may know, and counts what it would have sent', async () => {
    const seen: unknown[] = [];
    const { ended } = await shadow([said('a', 1)], async (payload, context: TaskContext) => {
      seen.push(context.isShadow, context.attempt);
      await context.enqueue(ADD, 5);
      return payload;
    });
    expect(await ended).toMatchObject({ followUps: { 'math.add': 1 }, unknown: 1 });
    expect(seen).toEqual([true, 1]);
  });

  it('runs those of one key one at a time in their order, others side by side', async () => {
    const [order, most] = [[] as unknown[], { now: 0, seen: 0 }];
    const records = Array.from({ length: 30 }, (_, i) => said(`${i}`, i, { key: `k${i % 3}` }));
    const { ended } = await shadow(records, async (payload) => {
      most.seen = Math.max(most.seen, ++most.now);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(payload);
      most.now--;
      return payload;
    });
    await ended;
    for (const key of [0, 1, 2]) expect(order.filter((one) => (one as number) % 3 === key)).toEqual(Array.from({ length: 10 }, (_, i) => i * 3 + key)); // prettier-ignore
    expect(most.seen).toBe(3);
  });

  it.each([
    [{ concurrency: 4 }, {}, 4],
    [{}, { concurrency: 2 }, 2],
  ])('runs no more at once than %j %j says', async (options, policy, expected) => {
    const most = { now: 0, seen: 0 };
    const records = Array.from({ length: 20 }, (_, i) => said(`${i}`));
    const { ended } = await shadow(records, async (payload) => {
      most.seen = Math.max(most.seen, ++most.now);
      await new Promise((resolve) => setImmediate(resolve));
      most.now--;
      return payload;
    }, { options, policy }); // prettier-ignore
    await ended;
    expect(most.seen).toBe(expected);
  });

  it('means a range of it, and runs no more than it may', async () => {
    const records = Array.from({ length: 10 }, (_, i) => said(`${i}`));
    const of = async (options: Partial<ShadowOptions>) =>
      counts(await (await shadow(records, echo, { options })).ended);
    expect(await of({ partition: 0, from: 2, to: 5 })).toMatchObject({ matched: 3, compared: 3 });
    expect(await of({ id: '7' })).toMatchObject({ matched: 1, compared: 1 });
    expect(await of({ maxRecords: 4 })).toEqual({ matched: 10, compared: 4, ...NONE, unknown: 4 });
    expect(await of({ dryRun: true })).toEqual({ matched: 10, compared: 0, ...NONE });
    expect(await of({ partition: 1 })).toEqual({ matched: 0, compared: 0, ...NONE });
  });

  it('knows from the DLQ what the results know no more; the results know what came later', async () => {
    const why = {
      [HEADER.errorCode]: 'HANDLER_FAILED',
      [HEADER.dltErrorName]: 'Bury',
      [HEADER.dltErrorMessage]: 'boom',
    };
    const dead = (id: string) => said(id, id, { topic: 'math.dlq', headers: { ...toHeaders(envelopeOf(id)), ...why } });
    const handle: Binding['handle'] = (payload) => {
      if (payload === 'a') throw new Bury('boom');
      if (payload === 'b') throw new Bury('bang');
      return Promise.resolve(payload);
    };
    const replayed = [dead('d'), became('d', 'succeeded', { output: 'd' })];
    const records = [...['a', 'b', 'c', 'd'].map((id) => said(id)), dead('a'), dead('b'), dead('c'), ...replayed];
    const { ended } = await shadow(records, handle);
    expect(counts(await ended)).toEqual({ matched: 4, compared: 4, ...NONE, same: 2, different: 1, mended: 1 });
  });

  it('ends when what all messages need is away', async () => {
    const { ended } = await shadow([said('a', 'x', { value: Buffer.from('!away') }), said('b')], echo, { options: { concurrency: 1 } }); // prettier-ignore
    expect(await ended).toMatchObject({ error: { code: 'REGISTRY_UNAVAILABLE' }, compared: 0 });
  });

  it('tells what runs to end when it is stopped', async () => {
    const began = Promise.withResolvers<void>();
    const { transport, ended } = await shadow([said('a'), said('b')], async (_, { signal }) => {
      began.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    });
    await began.promise;
    await transport.stop();
    expect(await ended).toMatchObject({ error: { code: 'NOT_RUNNING' }, compared: 0 });
  });

  it('is refused where nothing handles its queue', async () => {
    await expect(shadow([], echo, { options: { queue: 'maths' } })).rejects.toThrow('Did you mean "math"?');
  });
});

test.each([
  [{ queue: 5 }, 'shadow.queue is 5'],
  [{ queue: 'math', rate: 0 }, 'shadow.rate is 0'],
  [{ queue: 'math', maxRecords: 100_001 }, 'from 1 to 100000'],
  [{ queue: 'math', from: 3 }, 'say of which'],
  [{ queue: 'math', dryRun: 'yes' }, 'shadow.dryRun'],
  [{ queue: 'math', since: '1h' }, 'since'],
])('the options %j are refused', (options, why) => {
  const road = memoryRoad({ topics: {} });
  expect(() => kafkaTransport({ road, codec: CODEC, contracts: [], shadow: options as unknown as ShadowOptions })).toThrow(why); // prettier-ignore
});
