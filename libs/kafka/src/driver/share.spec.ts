import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TopicPartition } from '@sunbeon/core/ports';
import { decodeClaims, encodeClaims } from './claims.js';
import { type Candidate, type Claims, NO_CLAIMS, share } from './share.js';

const idOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`;
const candidate = (topics: readonly string[], claims: Partial<Claims> = {}): Candidate => ({
  topics: new Set(topics),
  claims: { ...NO_CLAIMS, ...claims },
});
const all = (topic: string, ...partitions: number[]) => partitions.map((partition) => ({ topic, partition }));
const shown = (shares: ReadonlyMap<string, TopicPartition[]>) =>
  Object.fromEntries([...shares].map(([member, list]) => [member, list.map(idOf).sort()]));

describe('sharing partitions out', () => {
  it('gives a member only what it subscribes to, and leaves out what nobody does', () => {
    const members = new Map([['m1', candidate(['a'])], ['m2', candidate(['b'])]]); // prettier-ignore
    const counts = new Map([['a', 2], ['b', 1], ['x', 3]]); // prettier-ignore
    expect(shown(share(members, counts))).toEqual({ m1: ['a/0', 'a/1'], m2: ['b/0'] });
  });

  it('gives a member without a share an empty one', () => {
    const members = new Map([['m1', candidate(['a'])], ['m2', candidate(['a'])]]); // prettier-ignore
    expect(shown(share(members, new Map([['a', 1]])))).toEqual({ m1: ['a/0'], m2: [] });
  });

  it('keeps the same partition of all topics of a group together', () => {
    const members = new Map(['m1', 'm2', 'm3'].map((name) => [name, candidate(['t', 't.g.retry'])]));
    const counts = new Map([['t', 7], ['t.g.retry', 7]]); // prettier-ignore
    for (const list of share(members, counts).values()) {
      const of = (topic: string) => list.filter((one) => one.topic === topic).map(({ partition }) => partition);
      expect(of('t')).toEqual(of('t.g.retry'));
    }
  });

  it('gives nobody what another still has, and to its new owner once it has let go', () => {
    const old = { generation: 4, owned: all('a', 0, 1, 2, 3) };
    const counts = new Map([['a', 4]]);
    const first = share(new Map([['m1', candidate(['a'], old)], ['m2', candidate(['a'])]]), counts); // prettier-ignore
    expect(shown(first)).toEqual({ m1: ['a/0', 'a/1'], m2: [] });
    const now = { generation: 5, owned: all('a', 0, 1) };
    const second = share(new Map([['m1', candidate(['a'], now)], ['m2', candidate(['a'], { generation: 5 })]]), counts); // prettier-ignore
    expect(shown(second)).toEqual({ m1: ['a/0', 'a/1'], m2: ['a/2', 'a/3'] });
  });

  it('goes on taking away what is being let go', () => {
    const claims = { generation: 4, owned: all('a', 2, 3), leaving: all('a', 0, 1) };
    const shares = share(new Map([['m1', candidate(['a'], claims)], ['m2', candidate(['a'])]]), new Map([['a', 4]])); // prettier-ignore
    expect(shown(shares)).toEqual({ m1: ['a/2', 'a/3'], m2: [] });
  });

  it('believes the newer of two claims', () => {
    const [stale, fresh] = [
      { generation: 4, owned: all('a', 0, 1) },
      { generation: 6, owned: all('a', 1) },
    ];
    const shares = share(new Map([['m1', candidate(['a'], stale)], ['m2', candidate(['a'], fresh)]]), new Map([['a', 2]])); // prettier-ignore
    expect(shown(shares)).toEqual({ m1: ['a/0'], m2: ['a/1'] });
  });
});

const topics = ['a', 'b', 'c', 'd'];
const partition = fc.record({ topic: fc.constantFrom(...topics), partition: fc.nat(9) });
const claims = fc.record({
  generation: fc.integer({ min: -1, max: 3 }),
  owned: fc.uniqueArray(partition, { selector: idOf, maxLength: 20 }),
  leaving: fc.uniqueArray(partition, { selector: idOf, maxLength: 5 }),
});
const member = fc.record({ topics: fc.uniqueArray(fc.constantFrom(...topics)).map((list) => new Set(list)), claims });
const group = fc.dictionary(fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'), member, { minKeys: 1 }).map((one) => new Map(Object.entries(one))); // prettier-ignore
const counts = fc.tuple(...topics.map(() => fc.nat(8))).map((list) => new Map(topics.map((topic, i) => [topic, list[i]!] as const))); // prettier-ignore

/** Who has a partition by the newest claim, smallest name first. */
function ownerOf(members: ReadonlyMap<string, Candidate>, id: string): string | undefined {
  const claiming = [...members].filter(([, one]) =>
    [...one.claims.owned, ...one.claims.leaving].some((claimed) => idOf(claimed) === id),
  );
  claiming.sort(([a, x], [b, y]) => y.claims.generation - x.claims.generation || (a < b ? -1 : 1));
  return claiming[0]?.[0];
}

/** Joins again and again, each member letting go at once of what it is not given, until nothing changes. */
function settle(members: ReadonlyMap<string, Candidate>, sizes: ReadonlyMap<string, number>) {
  let [now, shares, rounds] = [members, share(members, sizes), 0];
  for (let before = ''; JSON.stringify(shown(shares)) !== before; rounds++) {
    before = JSON.stringify(shown(shares));
    now = new Map([...now].map(([name, one]) => [name, { ...one, claims: { generation: 10 + rounds, owned: shares.get(name)!, leaving: [] } }])); // prettier-ignore
    shares = share(now, sizes);
  }
  return { now, shares, rounds };
}

describe('sharing partitions out, whatever the members claim', () => {
  it('gives each partition to one at most, of its subscribers, and never one that another still has', () => {
    fc.assert(
      fc.property(group, counts, (members, sizes) => {
        const given = [...share(members, sizes)].flatMap(([name, list]) => list.map((one) => ({ name, one })));
        expect(new Set(given.map(({ one }) => idOf(one))).size).toBe(given.length);
        for (const { name, one } of given) {
          expect(one.partition).toBeLessThan(sizes.get(one.topic)!);
          expect(members.get(name)!.topics.has(one.topic)).toBe(true);
          expect([undefined, name]).toContain(ownerOf(members, idOf(one)));
        }
      }),
    );
  });

  it('gives out all that is wanted and free; only what another has waits', () => {
    fc.assert(
      fc.property(group, counts, (members, sizes) => {
        const given = new Set([...share(members, sizes).values()].flat().map(idOf));
        for (const [topic, size] of sizes) {
          const wanted = [...members.values()].some((one) => one.topics.has(topic));
          for (const one of wanted ? all(topic, ...Array(size).keys()) : [])
            if (!given.has(idOf(one))) expect(ownerOf(members, idOf(one))).toBeDefined();
        }
      }),
    );
  });

  it('is even within one per topic after at most two further joins, and then stays as it is', () => {
    fc.assert(
      fc.property(group, counts, (members, sizes) => {
        const { shares, rounds } = settle(members, sizes);
        expect(rounds).toBeLessThanOrEqual(3);
        for (const [topic, size] of sizes) {
          const able = [...members].filter(([, one]) => one.topics.has(topic)).map(([name]) => name);
          const has = able.map((name) => shares.get(name)!.filter((one) => one.topic === topic).length);
          if (able.length === 0) continue;
          expect(has.reduce((a, b) => a + b, 0)).toBe(size);
          expect(Math.max(...has) - Math.min(...has)).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it('moves as few as evenness allows when a member comes or goes', () => {
    const size = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(size, fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), (partitions, before, after) => {
        const sizes = new Map([['a', partitions], ['b', partitions]]); // prettier-ignore
        const names = (n: number) => Array.from({ length: n }, (_, i) => `m${i}`);
        // The first ones go, and new ones come before those that stay: no order of names may help.
        const stay = names(before).slice(-after);
        const now = [...stay, ...names(after - stay.length).map((name) => `a${name}`)];
        const start = share(new Map(names(before).map((name) => [name, candidate(['a', 'b'])])), sizes);
        const members = new Map(now.map((name) => [name, candidate(['a', 'b'], { generation: 1, owned: start.get(name) ?? [] })])); // prettier-ignore
        const { shares } = settle(members, sizes);
        const kept = now.flatMap((name) => {
          const had = new Set((start.get(name) ?? []).map(idOf));
          return shares.get(name)!.filter((one) => had.has(idOf(one)));
        });
        const had = now.map((name) => (start.get(name)?.length ?? 0) / 2);
        const least = Math.floor(partitions / after);
        const more = had.filter((n) => n > least).length;
        const most = had.reduce((sum, n) => sum + Math.min(n, least), 0) + Math.min(more, partitions % after);
        expect(kept.length).toBe(2 * most);
      }),
    );
  });

  it('is the same whoever the leader is and in whatever order it hears of the members', () => {
    fc.assert(
      fc.property(group, counts, (members, sizes) => {
        const other = share(new Map([...members].reverse()), new Map([...sizes].reverse()));
        expect(shown(other)).toEqual(shown(share(members, sizes)));
      }),
    );
  });
});

describe('claims', () => {
  it('come back as they were put into the metadata', () => {
    fc.assert(
      fc.property(claims, (one) => {
        const back = decodeClaims(encodeClaims(one));
        expect(back.generation).toBe(one.generation);
        expect(new Set(back.owned.map(idOf))).toEqual(new Set(one.owned.map(idOf)));
        expect(new Set(back.leaving.map(idOf))).toEqual(new Set(one.leaving.map(idOf)));
      }),
    );
  });

  it('that cannot be read are none', () => {
    const strange = ['', '{}', 'null', '[]', '{"version":2,"generation":1}', '{"version":1,"generation":1,"owned":{"a":[-1]},"leaving":{}}']; // prettier-ignore
    for (const text of strange) expect(decodeClaims(Buffer.from(text))).toEqual(NO_CLAIMS);
    expect(decodeClaims(null)).toEqual(NO_CLAIMS);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeClaims(Buffer.from(bytes)).owned.length === 0));
  });
});
