import { describe, expect, it } from '@jest/globals';
import { defineTask } from '@sunbeon/core';
import { createEnvelope } from '@sunbeon/core/envelope';
import type { ConcurrencyLimits, Message } from '@sunbeon/core/ports';
import { memoryRoad } from '@sunbeon/testing';
import { bindingOf, CODEC, eventually } from './rig.fake.js';
import { kafkaTransport } from './transport.js';

const task = (name: string, queue: string, over = {}) => defineTask({ name, queue, input: 'double', ...over });
const [A, A2, B] = [task('a', 'first'), task('a2', 'first', { concurrency: 1 }), task('b', 'second')];

/** Two queues; handlers end when told. */
async function build(consume: object) {
  const open: { name: string; end: () => void }[] = [];
  const began: string[] = [];
  const handle = (_: unknown, { contract }: { contract: string }) =>
    new Promise<null>((resolve) => {
      began.push(contract);
      open.push({ name: contract, end: () => resolve(null) });
    });
  const transport = kafkaTransport({ road: memoryRoad(), codec: CODEC, contracts: [A, A2, B], prefix: 'p.', partitions: 1, consume }); // prettier-ignore
  await transport.start();
  await transport.consume([A, A2, B].map((contract) => bindingOf(contract, handle)));
  let sent = 0;
  const send = async (contract: typeof A, count: number): Promise<void> => {
    const message = (): Message => ({ contract, payload: 1, envelope: createEnvelope({ id: `${sent++}`, type: contract.name, source: 's', timeMs: 1 }) }); // prettier-ignore
    await transport.send(Array.from({ length: count }, message));
  };
  const running = (name: string): number => open.filter((one) => one.name === name).length;
  const end = (name: string): void => {
    const at = open.findIndex((one) => one.name === name);
    open.splice(at, 1)[0]!.end();
  };
  const stop = async (): Promise<void> => {
    const stopped = transport.stop();
    for (const { end: one } of open.splice(0)) one();
    await stopped;
  };
  return { transport, began, send, running, end, stop, waits: () => transport.health().map(({ waiting }) => waiting) };
}

describe('concurrency', () => {
  it('is counted over all queues of a transport; who waits gets the next slot', async () => {
    const { send, running, end, began, stop, waits } = await build({ concurrency: 3 });
    await send(A, 10);
    await eventually(() => running('a') === 3, 'three of the first queue');
    await send(B, 10);
    await eventually(() => waits()[1] === 10, 'the second queue');
    expect(running('b')).toBe(0);
    for (const expected of [1, 2]) {
      end('a');
      end(running('b') > 0 ? 'b' : 'a');
      await eventually(() => began.filter((name) => name === 'b').length === expected, 'a turn of the second queue');
    }
    await stop();
  });

  it('may be less for a queue or a contract, and others use the room', async () => {
    const { send, running, stop } = await build({ concurrency: 10, queues: { first: { concurrency: 4 } } });
    await send(A2, 5);
    await eventually(() => running('a2') === 1, 'the limited contract');
    await send(A, 10);
    await eventually(() => running('a') === 3, 'its queue');
    await send(B, 10);
    await eventually(() => running('b') === 6, 'the other queue');
    expect([running('a'), running('a2')]).toEqual([3, 1]);
    await stop();
  });

  it('changes while handlers run', async () => {
    const { transport, send, running, stop } = await build({ concurrency: 2 });
    await send(A, 20);
    await send(A2, 5);
    await eventually(() => running('a') + running('a2') === 2, 'two');
    transport.setConcurrency({ total: 8, queues: { first: 6 }, contracts: { a2: 3 } });
    await eventually(() => running('a') + running('a2') === 6, 'six of the first queue');
    await send(B, 5);
    await eventually(() => running('b') === 2, 'two of the second');
    expect([2, 3]).toContain(running('a2')); // by turns with the other contract of its queue
    await stop();
  });

  it.each<[ConcurrencyLimits | object, string, string]>([
    [{ queues: { frist: 1 } }, 'OPTION_UNKNOWN', 'Did you mean "first"?'],
    [{ contracts: { zzz: 1 } }, 'OPTION_UNKNOWN', 'Consumed here: a, a2, b.'],
    [{ totl: 1 }, 'OPTION_UNKNOWN', 'Did you mean "total"?'],
    [{ total: 0 }, 'OPTION_INVALID', 'total is 0'],
    [{ total: 5, queues: { first: 1.5 } }, 'OPTION_INVALID', 'queue "first" is 1.5'],
  ])('%j is refused, and nothing of it counts', async (limits, code, said) => {
    const { transport, send, running, stop } = await build({ concurrency: 2 });
    expect(() => transport.setConcurrency(limits)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(said) })); // prettier-ignore
    await send(B, 5);
    await eventually(() => running('b') === 2, 'two as before');
    await stop();
  });
});

describe('consume.queues', () => {
  it.each([
    [{ frist: { concurrency: 1 } }, 'OPTION_UNKNOWN', 'Did you mean "first"?'],
    [{ first: { concurrency: 0 } }, 'OPTION_INVALID', 'consume.queues["first"].concurrency is 0'],
    [{ first: { concurency: 1 } }, 'OPTION_UNKNOWN', 'Did you mean "concurrency"?'],
  ])('%j is refused', async (queues, code, said) => {
    await expect(build({ queues })).rejects.toMatchObject({ code, message: expect.stringContaining(said) });
  });
});
