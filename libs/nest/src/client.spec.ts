import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import { derivedId } from '@sunbeon/core/ids';
import { EventPublisher, Tasks } from './client.js';
import { add, landed, multiply } from './contracts.fake.js';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

let app: TestingModule;
let transport: FakeTransport;
let tasks: Tasks;
let events: EventPublisher;

beforeEach(async () => {
  transport = new FakeTransport();
  let count = 0;
  const sunbeon = SunbeonModule.forRootAsync({
    useFactory: () => ({ transport, source: 'spec', clock: { now: () => 1_000 }, createId: () => `id-${++count}` }),
  });
  app = await Test.createTestingModule({ imports: [sunbeon] }).compile();
  await app.init();
  [tasks, events] = [app.get(Tasks), app.get(EventPublisher)];
});

afterEach(() => app.close());

describe('saying', () => {
  it('puts a task into a frozen envelope', async () => {
    const handle = await tasks.enqueue(add, { a: 1, b: 2 }, { traceparent: '00-1-2-01' });
    expect(handle.id).toBe('id-1');
    expect(transport.sent).toMatchObject([{ contract: add, payload: { a: 1, b: 2 } }]);
    const { envelope } = transport.sent[0]!;
    expect(Object.isFrozen(envelope)).toBe(true);
    expect(envelope).toMatchObject({ id: 'id-1', type: 'math.add', source: 'spec', timeMs: 1_000, key: 'a1', attempt: 1, replyTo: 7, traceparent: '00-1-2-01' }); // prettier-ignore
  });

  it('lets the caller choose key and id; without a key there is no order', async () => {
    await tasks.enqueue(add, { a: 1, b: 2 }, { key: 'mine', id: 'own' });
    await tasks.enqueue(add, { a: 0, b: 2 });
    expect(transport.sent.map(({ envelope }) => [envelope.id, envelope.key])).toEqual([['own', 'mine'], ['id-1', undefined]]); // prettier-ignore
  });

  it('derives the id from an idempotency key and the contract', async () => {
    const [first, again] = [await tasks.enqueue(multiply, 1, { idempotencyKey: 'k' }), await tasks.enqueue(multiply, 1, { idempotencyKey: 'k' })]; // prettier-ignore
    const other = await tasks.enqueue(add, { a: 1, b: 1 }, { idempotencyKey: 'k' });
    expect(first.id).toBe(derivedId(0, 'idempotency', 'math.multiply', 'k'));
    expect(again.id).toBe(first.id);
    expect(other.id).not.toBe(first.id);
    expect(transport.sent[0]!.envelope.idempotencyKey).toBe('k');
  });

  it('counts the deadline from now; without one it never expires', async () => {
    await tasks.enqueue(multiply, 1, { expiresAfterMs: 500 });
    await events.publish(landed, 'A1');
    expect(transport.sent.map(({ envelope }) => envelope.deadlineMs)).toEqual([1_500, undefined]);
    for (const expiresAfterMs of [0, -1, 1.5, NaN, Infinity, 2e12, '5' as never]) {
      await expect(tasks.enqueue(multiply, 1, { expiresAfterMs })).rejects.toMatchObject({ code: 'OPTION_INVALID', message: expect.stringContaining('expiresAfterMs') }); // prettier-ignore
    }
    expect(transport.sent).toHaveLength(2);
  });

  it('publishes events, which nobody replies to', async () => {
    expect(await events.publish(landed, 'A1')).toBe('id-1');
    expect(await events.publishMany(landed, ['A2', 'A3'], { key: 'x' })).toEqual(['id-2', 'id-3']);
    expect(transport.sent.map(({ payload, envelope }) => [payload, envelope.key, envelope.replyTo])).toEqual([
      ['A1', undefined, undefined],
      ['A2', 'x', undefined],
      ['A3', 'x', undefined],
    ]);
  });

  it('sends many in one go, with options for each', async () => {
    const handles = await tasks.enqueueMany(multiply, [1, 2], (payload, index) => ({ id: `${payload}-${index}` }));
    expect(handles.map(({ id }) => id)).toEqual(['1-0', '2-1']);
    expect(await tasks.enqueueMany(multiply, [])).toEqual([]);
  });

  it('sends none of many when one is refused', async () => {
    const payloads = [{ a: 1, b: 1 }, undefined as never];
    await expect(tasks.enqueueMany(add, payloads)).rejects.toMatchObject({ code: 'PAYLOAD_INVALID' });
    expect(transport.sent).toEqual([]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['CONTRACT_UNKNOWN', () => tasks.enqueue(undefined as never, 1 as never)],
    ['CONTRACT_UNKNOWN', () => tasks.enqueue(landed as never, 'A1' as never)],
    ['CONTRACT_UNKNOWN', () => events.publish(add as never, {} as never)],
    ['OPTION_UNKNOWN', () => tasks.enqueue(multiply, 1, { delayMs: 5 } as never)],
    ['OPTION_INVALID', () => tasks.enqueue(multiply, 1, { key: '' })],
    ['OPTION_INVALID', () => tasks.enqueue(multiply, 1, { key: 5 as never })],
    ['OPTION_INVALID', () => tasks.enqueue(multiply, 1, { id: 'a', idempotencyKey: 'b' })],
    ['OPTION_INVALID', () => tasks.enqueueMany(multiply, [1], { id: 'a' } as never)],
    ['PAYLOAD_INVALID', () => tasks.enqueue(add, null as never)],
  ])('refuses with %s (case %#) and sends nothing', async (code, call) => {
    await expect(call()).rejects.toMatchObject({ code });
    expect(transport.sent).toEqual([]);
  });
});

describe('a handle', () => {
  it('gives the output, waiting as long as it is told', async () => {
    transport.result = { status: 'succeeded', output: { sum: 3 } };
    const { signal } = new AbortController();
    const handle = await tasks.enqueue(add, { a: 1, b: 2 });
    const { sum } = await handle.result({ timeoutMs: 5_000, signal });
    expect(sum).toBe(3);
    await tasks.handle(add, 'old').result();
    expect(transport.waits).toEqual([{ id: 'id-1', timeoutMs: 5_000, signal }, { id: 'old', timeoutMs: 30_000 }]); // prettier-ignore
  });

  it('gives null for a task without output', async () => {
    await expect(tasks.handle(multiply, 'x').result()).resolves.toBeNull();
  });

  it('throws what became of a task that failed', async () => {
    const error = { code: 'HANDLER_FAILED', name: 'TypeError', message: 'no' };
    transport.result = { status: 'buried', attempt: 3, error };
    await expect(tasks.handle(add, 'x').result()).rejects.toMatchObject({
      code: 'TASK_BURIED',
      message: expect.stringContaining('TypeError: no'),
      facts: { id: 'x', contract: 'math.add', attempt: 3, error },
    });
    transport.result = { status: 'dropped', error: { ...error, message: 'not needed' } };
    await expect(tasks.handle(add, 'x').result()).rejects.toMatchObject({ code: 'TASK_DROPPED', message: expect.stringContaining('not needed') }); // prettier-ignore
    transport.result = { status: 'dropped', error: { code: 'EXPIRED', name: 'EXPIRED', message: 'too late' } };
    await expect(tasks.handle(add, 'x').result()).rejects.toMatchObject({ code: 'EXPIRED', facts: { id: 'x' } });
  });

  it('refuses what is no waiting time, and unknown options', async () => {
    const handle = tasks.handle(add, 'x');
    for (const timeoutMs of [0, -1, NaN, Infinity]) await expect(handle.result({ timeoutMs })).rejects.toMatchObject({ code: 'OPTION_INVALID' }); // prettier-ignore
    await expect(handle.result({ timeout: 5 } as never)).rejects.toMatchObject({ code: 'OPTION_UNKNOWN' });
    expect(transport.waits).toEqual([]);
  });

  it('looks up what is known', async () => {
    transport.result = { status: 'retrying' };
    await expect(tasks.handle(add, 'x').lookup()).resolves.toMatchObject({ id: 'x', status: 'retrying' });
  });
});
