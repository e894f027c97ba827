import { describe, expect, it } from '@jest/globals';
import type { Road } from '@sunbeon/core/ports';
import { FakeClock, memoryRoad } from '@sunbeon/testing';
import fc from 'fast-check';
import { outgoing, pass } from './rig.fake.js';
import { scan, scanBatches, type ScanRange } from './scan.js';

async function cluster(values: readonly string[], partitions = 2) {
  const clock = new FakeClock(1_000);
  const road = memoryRoad({ topics: { t: partitions }, clock });
  const producer = await road.producer();
  for (const [i, value] of values.entries()) {
    await producer.send([outgoing(value, { topic: 't', partition: i % partitions })]);
    await clock.advance(10);
  }
  return { clock, road, producer };
}

async function read(road: Road, range: Partial<ScanRange> = {}, enough = Infinity): Promise<string[]> {
  const seen: string[] = [];
  await scan(road, { topic: 't', ...range }, ({ value }) => seen.push(value!.toString()) >= enough);
  return seen;
}

const letters = ['a', 'b', 'c', 'd', 'e', 'f'];

describe('a scan', () => {
  it('reads all that is there when it begins, and ends', async () => {
    const { road } = await cluster(letters);
    expect((await read(road)).sort()).toEqual(letters);
    expect(await read((await cluster([])).road)).toEqual([]);
  });

  it('begins where it is told to: at a moment, in some partitions, at a position', async () => {
    const { road } = await cluster(letters);
    expect((await read(road, { sinceMs: 1_030 })).sort()).toEqual(['d', 'e', 'f']);
    expect(await read(road, { partitions: [1] })).toEqual(['b', 'd', 'f']);
    expect(await read(road, { partitions: [0], from: new Map([[0, 2]]) })).toEqual(['e']);
    expect(await read(road, { partitions: [0], from: new Map([[0, 3]]) })).toEqual([]);
    expect(await read(road, { partitions: [7] })).toEqual([]);
  });

  it('ends where it is told to', async () => {
    const { road } = await cluster(letters);
    const to = new Map([[0, 2], [1, 1]]); // prettier-ignore
    expect((await read(road, { to })).sort()).toEqual(['a', 'b', 'c']);
    expect(await read(road, { to, from: new Map([[0, 1], [1, 1]]) })).toEqual(['c']); // prettier-ignore
    expect(await read(road, { from: new Map([[0, 9]]), to: new Map([[0, 99], [1, 0]]) })).toEqual([]); // prettier-ignore
  });

  it('ends at a gap: what lies behind the end says so too', async () => {
    const { road, clock } = await cluster(['a', 'b', 'c'], 1);
    // As after a deletion: the window 1..2 holds nothing, and the reader goes on to what lies behind it.
    const gap: Road = { ...road, reader: ({ topic }) => road.reader({ topic, from: new Map([[0, 2]]) }) };
    expect(await read(gap, { clock, from: new Map([[0, 1]]), to: new Map([[0, 2]]) })).toEqual([]);
  });

  it('reads nothing more while its receiver works, and fails with what that rejects with', async () => {
    const { road, producer, clock } = await cluster(['a', 'b'], 2);
    const seen: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const scanning = scanBatches(road, { topic: 't', clock }, (records) => {
      seen.push(...records.map(({ value }) => value!.toString()));
      return promise;
    });
    await pass(clock, 60_000); // longer than any scan may be silent
    expect(seen).toEqual(['a']);
    resolve();
    await scanning;
    expect(seen).toEqual(['a', 'b']);
    await producer.disconnect();
    const failing = scanBatches(road, { topic: 't' }, () => Promise.reject(new Error('mine')));
    await expect(failing).rejects.toThrow('mine');
  });

  it('asks no more once it has seen enough, also of other partitions', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.string(), { maxLength: 20 }), fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 22 }), async (values, partitions, enough) => {
        const { road } = await cluster(values, partitions);
        expect(await read(road, {}, enough)).toHaveLength(Math.min(enough, values.length));
      }),
      { numRuns: 40 },
    )); // prettier-ignore

  it('does not read what is written after its beginning', async () => {
    const { road, producer } = await cluster(letters, 1);
    const seen: string[] = [];
    await scan(road, { topic: 't' }, ({ value }) => {
      seen.push(value!.toString());
      if (seen.length <= letters.length) void producer.send([outgoing('late', { topic: 't' })]);
    });
    expect(seen).toEqual(letters);
  });

  it('fails with what its callback throws, and lets go of its reader', async () => {
    const { road } = await cluster(letters);
    let open = 0;
    const counted: Road = {
      ...road,
      reader: async (options) => {
        const reader = await road.reader(options);
        open++;
        return { ...reader, disconnect: async () => (open--, reader.disconnect()) };
      },
    };
    const failing = scan(counted, { topic: 't' }, () => {
      throw new Error('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    expect(open).toBe(0);
  });

  it('ends when the last offsets are none that a client gets to see', async () => {
    const { road, clock } = await cluster(['a'], 1);
    const admin = { ...(await road.admin()), offsets: () => Promise.resolve([{ partition: 0, low: 0, high: 2 }]) };
    const marked: Road = { ...road, admin: () => Promise.resolve(admin) };
    const reading = read(marked, { clock });
    await pass(clock, 20_500);
    expect(await reading).toEqual(['a']);
    expect(clock.pending).toBe(0);
  });

  it('refuses a topic that is not there', async () => {
    await expect(read(memoryRoad())).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });
});
