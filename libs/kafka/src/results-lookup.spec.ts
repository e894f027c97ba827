import { afterEach, describe, expect, it } from '@jest/globals';
import { buildResults, OTHER } from './results-rig.fake.js';
import { listen, pass } from './rig.fake.js';

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

describe('looking a result up', () => {
  it('needs no reader where all partitions are followed, and reads what you wrote', async () => {
    const { clock, results, watched, note, id } = await build('all');
    await note(id('filler'), 'succeeded', OTHER);
    expect(await results.lookup(id())).toBeUndefined();
    watched.hold();
    await note(id(), 'succeeded', OTHER);
    const order: string[] = [];
    const found = results.lookup(id()).then((result) => (order.push('found'), result));
    await pass(clock, 0);
    order.push('released');
    watched.release();
    expect(await found).toMatchObject({ status: 'succeeded', output: 3 });
    expect([order, watched.read.length]).toEqual([['released', 'found'], 1]);
  });

  it('finds one of an earlier life by reading from a minute before its id, and nothing older', async () => {
    const { clock, results, watched, note, id } = await build('none');
    const at = clock.now();
    await note(id('ancient'), 'succeeded');
    await pass(clock, 60_000);
    const a = id();
    await pass(clock, 60_000);
    await note(id('older'), 'succeeded');
    await pass(clock, 30_001);
    const [later, since] = [id('later'), clock.now() - 60_000];
    for (const status of ['succeeded', 'queued'] as const) await note(later, status, OTHER);
    await note(a, 'buried');
    expect(await results.lookup(later)).toMatchObject({ status: 'succeeded', output: 3 });
    expect(watched.read[0]!.map(({ timestampMs }) => timestampMs >= since)).toEqual([true, true, true, true]);
    expect(watched.read[0]!.every(({ timestampMs }) => timestampMs > at)).toBe(true);
    expect((await results.lookup(a))?.status).toBe('buried');
    expect(watched.read[1]!.map(({ timestampMs }) => timestampMs - at)).toEqual([
      0, 120_000, 150_001, 150_001, 150_001,
    ]);
  });

  it('begins where it is told for an id that names no time', async () => {
    const { clock, results, watched, note, id } = await build('none');
    await note(id('old'), 'succeeded');
    await pass(clock, 1_000);
    await note('job-7', 'succeeded', OTHER);
    expect((await results.lookup('job-7', { sinceMs: clock.now() }))?.id).toBe('job-7');
    expect((await results.lookup('job-7'))?.id).toBe('job-7');
    expect(watched.read.map(({ length }) => length)).toEqual([1, 2]);
  });

  it('goes to the topic again for what was pushed out of memory', async () => {
    const { clock, results, watched, note, id } = await build('all', { maxCached: 1 });
    const a = id();
    for (const one of [a, id('b')]) await note(one, 'succeeded', OTHER);
    await pass(clock, 0);
    expect((await results.lookup(id('b')))?.output).toBe(3);
    expect(watched.read).toHaveLength(1);
    expect((await results.lookup(a))?.output).toBe(3);
    expect([watched.read.length, watched.open]).toEqual([2, 1]);
  });

  it('that fails is told, and the wait goes on to the next', async () => {
    const { clock, events, results, watched, note, id } = await build('own');
    const heard = listen(events, 'client.failed');
    const a = id();
    await note(a, 'succeeded', OTHER);
    watched.failNext();
    const waiting = results.wait(a, { timeoutMs: 30_000 });
    await pass(clock, 1_000);
    expect(heard).toMatchObject([['client.failed', { client: 'results', error: { message: 'No reader now.' } }]]);
    await pass(clock, 1_000);
    expect((await waiting).output).toBe(3);
  });
});
