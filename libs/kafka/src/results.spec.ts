import { afterEach, describe, expect, it } from '@jest/globals';
import { buildResults, OTHER } from './results-rig.fake.js';
import { pass } from './rig.fake.js';

const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

async function build(...options: Parameters<typeof buildResults>) {
  const rig = await buildResults(...options);
  stops.push(() => rig.results.stop());
  await rig.results.start();
  return rig;
}

describe('waiting for a result', () => {
  it('ends when it comes live; what is not final does not end it', async () => {
    const { clock, note, id, wait } = await build('own');
    const order: string[] = [];
    const waiting = wait(id()).then((result) => (order.push('result'), result));
    for (const status of ['queued', 'retrying'] as const) await note(id(), status);
    await pass(clock, 0);
    order.push('not yet');
    await note(id(), 'succeeded');
    expect(await waiting).toMatchObject({ id: id(), status: 'succeeded', output: 3 });
    expect([order, clock.pending]).toEqual([['not yet', 'result'], 0]);
  });

  it('ends at once when it came before; a "queued" after it changes nothing', async () => {
    const { clock, watched, note, id, wait } = await build('own');
    for (const status of ['succeeded', 'queued'] as const) await note(id(), status);
    await pass(clock, 0);
    expect(await wait(id())).toMatchObject({ status: 'succeeded', output: 3 });
    expect(watched.read).toHaveLength(1);
  });

  it('never looks up what is expected live', async () => {
    const { clock, results, watched, note, id, wait } = await build('own');
    await note(id('filler'), 'succeeded', OTHER);
    results.expect(id());
    const a = id();
    const waiting = wait(a);
    await pass(clock, 5_000);
    expect(watched.read).toHaveLength(1);
    await note(a, 'buried');
    expect((await waiting).status).toBe('buried');
  });

  it('looks up what was expected and forgotten again', async () => {
    const { clock, results, watched, note, id, wait } = await build('own', { maxCached: 1 });
    results.expect(id());
    for (const name of ['a', 'b']) await note(id(name), 'succeeded');
    await pass(clock, 0);
    const waiting = wait(id());
    await pass(clock, 1_000);
    expect([(await waiting).status, watched.read.length]).toEqual(['succeeded', 2]);
  });

  it('looks up what is not expected after a second, and each second again', async () => {
    const { clock, watched, note, id, wait } = await build('own');
    await note(id('filler'), 'succeeded', OTHER);
    const a = id();
    const waiting = wait(a);
    const readers: number[] = [];
    for (const ms of [900, 100, 900, 100]) {
      await pass(clock, ms);
      readers.push(watched.read.length);
    }
    expect(readers).toEqual([1, 2, 2, 3]);
    await note(a, 'succeeded', OTHER);
    await pass(clock, 1_000);
    expect((await waiting).output).toBe(3);
    await pass(clock, 5_000);
    expect([watched.read.length, watched.open, clock.pending]).toEqual([4, 1, 0]);
  });

  it('shares one reading among many, and never has two readings open', async () => {
    const { clock, watched, note, id, wait } = await build('own');
    const ids = Array.from({ length: 50 }, (_, index) => id(String(index)));
    for (const one of ids) await note(one, 'succeeded', OTHER);
    watched.hold();
    const waiting = Promise.all(ids.map((one) => wait(one)));
    await pass(clock, 1_000);
    expect(watched.read).toHaveLength(2);
    watched.release();
    await pass(clock, 0);
    expect((await waiting).map((result) => result.id)).toEqual(ids);
    expect([watched.read.length, watched.mostOpen, watched.open]).toEqual([3, 2, 1]);
  });

  it('ends with RESULT_TIMEOUT, and leaves nothing behind', async () => {
    const { clock, id, wait } = await build('own');
    const a = id();
    const failing = expect(wait(a, 2_500)).rejects.toMatchObject({
      code: 'RESULT_TIMEOUT',
      facts: { id: a, timeoutMs: 2_500 },
    });
    await pass(clock, 2_400);
    expect(clock.pending).toBeGreaterThan(0);
    await pass(clock, 100);
    expect(clock.pending).toBe(0);
    await failing;
  });

  it.each(['before', 'during'])('ends with the reason of a signal aborted %s the wait', async (when) => {
    const { clock, id, wait } = await build('own');
    const [caller, reason] = [new AbortController(), new Error('The caller is gone.')];
    if (when === 'before') caller.abort(reason);
    const failing = expect(wait(id(), 30_000, caller.signal)).rejects.toBe(reason);
    caller.abort(reason);
    await failing;
    expect(clock.pending).toBe(0);
  });

  it('ends with the stop', async () => {
    const { clock, results, watched, id, wait } = await build('own');
    const failing = expect(wait(id())).rejects.toMatchObject({ code: 'RESULT_TIMEOUT' });
    await results.stop();
    await failing;
    expect([clock.pending, watched.open]).toEqual([0, 0]);
  });
});
