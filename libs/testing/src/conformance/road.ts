import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { groupScenarios } from './road-groups.js';
import { Rig, type RoadUnderTest } from './rig.js';

export type { RoadUnderTest } from './rig.js';

/** `org.apache.kafka.common.utils.UtilsTest.testMurmur2`: what Java's client computes. */
const JAVA_MURMUR2: Readonly<Record<string, number>> = {
  '21': -973932308,
  foobar: -790332482,
  'a-little-bit-long-string': -985981536,
  'a-little-bit-longer-string': -1486304829,
  lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
  abc: 479470107,
};

/** The scenarios that every road must pass: the real driver on a real Kafka, and the imitation in memory. */
export function roadConformance(name: string, makeRoad: () => Promise<RoadUnderTest>): void {
  describe(`${name} keeps the road's contract`, () => {
    let rig: Rig;
    beforeAll(async () => {
      rig = await Rig.build(await makeRoad());
    }, 60_000);
    afterEach(() => rig.tidy());
    afterAll(() => rig.dispose());
    writing(() => rig);
    writingMore(() => rig);
    reading(() => rig);
    readingSome(() => rig);
    administration(() => rig);
    groupScenarios(() => rig);
  });
}

function writing(rig: () => Rig): void {
  it('writes and reads one partition in order, also from calls side by side', async () => {
    const topic = await rig().topic(1);
    const values = Array.from({ length: 300 }, (_, i) => `v${i}`);
    const calls = Array.from({ length: 30 }, (_, i) => rig().say(topic, values.slice(i * 10, i * 10 + 10)));
    await Promise.all(calls);
    const seen = await rig().read(topic, 300);
    expect(seen.values).toEqual(values);
    expect(seen.records.map(({ offset }) => offset)).toEqual(values.map((_, i) => i));
  });

  it('sends a key where Java clients send it', async () => {
    const topic = await rig().topic(6);
    for (const key of Object.keys(JAVA_MURMUR2)) await rig().say(topic, [key, key], { key });
    const seen = await rig().read(topic, 12);
    const expected = Object.entries(JAVA_MURMUR2).map(([key, hash]) => [key, (hash & 0x7fffffff) % 6]);
    const got = seen.records.map(({ key, partition }) => [key!.toString(), partition]);
    expect(new Set(got.map(String))).toEqual(new Set(expected.map(String)));
  });

  it('sends records of many topics in one call, to the partition that is asked for', async () => {
    const [one, two] = [await rig().topic(3), await rig().topic(3)];
    const record = { key: 'k', headers: {} };
    await rig().producer.send([
      { ...record, topic: one, partition: 2, value: Buffer.from('a') },
      { ...record, topic: two, partition: 0, value: Buffer.from('b') },
      { ...record, topic: one, partition: 1, value: Buffer.from('c') },
    ]);
    const seen = [...(await rig().read(one, 2)).records, ...(await rig().read(two, 1)).records];
    const places = seen.map(({ topic, partition, value }) => `${topic}/${partition}=${value!.toString()}`);
    expect(places.sort()).toEqual([`${one}/1=c`, `${one}/2=a`, `${two}/0=b`].sort());
  });
}

function writingMore(rig: () => Rig): void {
  it('spreads calls without key over the partitions', async () => {
    const topic = await rig().topic(4);
    for (let i = 0; i < 8; i++) await rig().say(topic, [`v${i}`]);
    const seen = await rig().read(topic, 8);
    expect(new Set(seen.records.map(({ partition }) => partition))).toEqual(new Set([0, 1, 2, 3]));
  });

  it('keeps headers, keys and values byte for byte', async () => {
    const topic = await rig().topic(1);
    const bytes = Buffer.from([0, 255, 128, 10, 13, 195, 40]);
    const headers = { text: 'naïve', empty: '', bytes, twice: ['a', bytes, 'a'], gone: undefined };
    const sent = { topic, key: bytes, value: bytes, headers };
    await rig().producer.send([
      sent,
      { ...sent, key: null, value: null, headers: {} },
      { ...sent, key: '', value: Buffer.alloc(0) },
    ]);
    const [full, nulls, empty] = (await rig().read(topic, 3)).records;
    const text = (value: string): Buffer => Buffer.from(value);
    expect(full!.headers).toEqual({
      text: text('naïve'),
      empty: text(''),
      bytes,
      twice: [text('a'), bytes, text('a')],
    });
    expect([full!.key, full!.value]).toEqual([bytes, bytes]);
    expect([nulls!.key, nulls!.value, nulls!.headers]).toEqual([null, null, {}]);
    expect([empty!.key?.length, empty!.value?.length]).toEqual([0, 0]);
  });

  it('refuses an unknown topic by name, and goes on with the others', async () => {
    const missing = rig().name('missing');
    const topic = await rig().topic(1);
    const refusal = rig().say(missing, ['x']);
    const after = rig().say(topic, ['y']);
    await expect(refusal).rejects.toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringContaining(missing) });
    await after;
    expect((await rig().read(topic, 1)).values).toEqual(['y']);
  });
}

function reading(rig: () => Rig): void {
  it('reads from the high watermark without missing one record', async () => {
    const topic = await rig().topic(2);
    await rig().say(topic, ['old'], { partition: 0 });
    const offsets = await rig().admin.offsets(topic);
    const { seen } = await rig().reader(topic, new Map(offsets.map(({ partition, high }) => [partition, high])));
    await Promise.all([rig().say(topic, ['a'], { partition: 0 }), rig().say(topic, ['b'], { partition: 1 })]);
    await seen.count(2);
    await rig().say(topic, ['c'], { partition: 0 });
    await seen.count(3);
    expect([...seen.values].sort()).toEqual(['a', 'b', 'c']);
  });

  it('reads what was written between the watermark and the start of the reader', async () => {
    const topic = await rig().topic(1);
    await rig().say(topic, ['0', '1', '2', '3']);
    const { seen } = await rig().reader(topic, new Map([[0, 2]]));
    await seen.count(2);
    expect(seen.values).toEqual(['2', '3']);
  });

  it('refuses to read a topic that does not exist', async () => {
    const missing = rig().name('missing');
    await expect(rig().reader(missing, new Map([[0, 0]]))).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
    await expect(rig().member(rig().name('group'), missing)).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('reads only the partitions that are named', async () => {
    const topic = await rig().topic(2);
    const { seen } = await rig().reader(topic, new Map([[1, 0]]));
    await rig().say(topic, ['no'], { partition: 0 });
    await rig().say(topic, ['yes'], { partition: 1 });
    await seen.count(1);
    expect(seen.values).toEqual(['yes']);
  });
}

/** Readers that ask for less, or take their time. */
function readingSome(rig: () => Rig): void {
  it('gives the headers that are asked for, and no others', async () => {
    const topic = await rig().topic(1);
    const headers = { one: 'a', two: ['b', Buffer.from([0xff])], three: 'c' };
    await rig().say(topic, ['x'], { headers, key: 'k' });
    const { seen } = await rig().reader(topic, new Map([[0, 0]]), ['two', 'four']);
    await seen.count(1);
    expect(seen.records[0]).toMatchObject({ key: Buffer.from('k'), value: Buffer.from('x') });
    expect(seen.records[0]!.headers).toEqual({ two: [Buffer.from('b'), Buffer.from([0xff])] });
  });

  it('hands over nothing more while the receiver works on what it has, and nothing twice', async () => {
    const topic = await rig().topic(2);
    const got: string[] = [];
    const releases: (() => void)[] = [];
    const from = new Map([0, 1].map((partition) => [partition, 0]));
    const first = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    await rig().heldReader(topic, from, (records) => {
      got.push(...records.map(({ value }) => value!.toString()));
      first.resolve();
      if (got.length >= 4) all.resolve();
      return releases.length > 0 ? undefined : new Promise<void>((resolve) => releases.push(resolve));
    });
    await rig().say(topic, ['a'], { partition: 0 });
    await first.promise;
    await rig().say(topic, ['b', 'c'], { partition: 0 });
    await rig().say(topic, ['d'], { partition: 1 });
    await (await rig().read(topic, 4)).count(4); // another reader has had the time to see them all
    expect(got).toEqual(['a']);
    releases[0]!();
    await all.promise;
    expect(got.sort()).toEqual(['a', 'b', 'c', 'd']);
  });
}

function administration(rig: () => Rig): void {
  it('creates a topic once, also when asked side by side', async () => {
    const specs = [{ topic: rig().name('topic'), partitions: 3 }];
    const created = await Promise.all([rig().admin.createTopics(specs), rig().admin.createTopics(specs)]);
    expect(created.flat()).toEqual([specs[0]!.topic]);
    expect(await rig().admin.createTopics(specs)).toEqual([]);
    expect((await rig().admin.listTopics()).get(specs[0]!.topic)).toBe(3);
  });

  it('tells offsets, also by time', async () => {
    const topic = await rig().topic(2);
    await rig().say(topic, ['a', 'b'], { partition: 0 });
    expect(await rig().admin.offsets(topic)).toEqual([
      { partition: 0, low: 0, high: 2 },
      { partition: 1, low: 0, high: 0 },
    ]);
    const [first] = (await rig().read(topic, 2)).records;
    const at = await rig().admin.offsetsAt(topic, first!.timestampMs);
    expect(at).toContainEqual({ partition: 0, offset: 0 });
    const later = await rig().admin.offsetsAt(topic, first!.timestampMs + 3_600_000);
    expect(later).toContainEqual({ partition: 0, offset: 2 });
    await expect(rig().admin.offsets(rig().name('missing'))).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('tells the state of groups, known and unknown', async () => {
    const [topic, group, unknown] = [await rig().topic(1), rig().name('group'), rig().name('group')];
    await rig().member(group, topic);
    const [known, stranger] = await rig().admin.groups([group, unknown]);
    expect(known).toMatchObject({ group, state: 'Stable', members: [expect.any(String)] });
    expect(stranger).toMatchObject({ group: unknown, members: [] });
    expect(['Dead', 'Empty']).toContain(stranger!.state);
  });
}
