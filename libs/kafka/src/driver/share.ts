import type { TopicPartition } from '@sunbeon/core/ports';

/** What a member says it has when it joins: others may have none of it until it says so no more. */
export interface Claims {
  /** Of the assignment that they come from; -1 = never had one. */
  readonly generation: number;
  readonly owned: readonly TopicPartition[];
  /** Of those, the ones that are being let go. */
  readonly leaving: readonly TopicPartition[];
}

export const NO_CLAIMS: Claims = { generation: -1, owned: [], leaving: [] };

/** A member as the leader of the group sees it. */
export interface Candidate {
  readonly topics: ReadonlySet<string>;
  readonly claims: Claims;
}

/** Topics with as many partitions and the same subscribers: their partitions of one number go together. */
interface Pool {
  readonly topics: string[];
  readonly able: readonly string[];
  readonly partitions: number;
}

interface Owner {
  readonly member: string;
  readonly generation: number;
  readonly leaving: boolean;
}

/**
 * Who gets which partitions: even within one per topic, with as few moves as that allows, and a partition that another member
 * still claims goes to nobody this time. A key is worked on by one member also where it is on several topics, since
 * partitions of one number go together.
 * @param counts partitions by topic
 */
export function share(
  members: ReadonlyMap<string, Candidate>,
  counts: ReadonlyMap<string, number>,
): Map<string, TopicPartition[]> {
  const owners = ownersOf(members);
  const result = new Map<string, TopicPartition[]>([...members.keys()].sort().map((member) => [member, []]));
  const loads = new Map([...result.keys()].map((member) => [member, 0]));
  for (const pool of poolsOf(members, counts)) {
    const seats = seatsOf(pool, owners, loads);
    for (const [partition, member] of seats.entries()) {
      loads.set(member, loads.get(member)! + pool.topics.length);
      for (const topic of pool.topics) {
        const owner = owners.get(idOf({ topic, partition }))?.member;
        if (owner === undefined || owner === member) result.get(member)!.push({ topic, partition });
      }
    }
  }
  return result;
}

/** A partition that is claimed twice is the newer claim's: the older member has missed that it lost it. */
function ownersOf(members: ReadonlyMap<string, Candidate>): Map<string, Owner> {
  const owners = new Map<string, Owner>();
  for (const [member, { claims }] of [...members].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const { generation } = claims;
    const leaving = new Set(claims.leaving.map(idOf));
    for (const partition of [...claims.owned, ...claims.leaving]) {
      const id = idOf(partition);
      const other = owners.get(id);
      if (other !== undefined && other.generation >= generation) continue;
      owners.set(id, { member, generation, leaving: leaving.has(id) });
    }
  }
  return owners;
}

function poolsOf(members: ReadonlyMap<string, Candidate>, counts: ReadonlyMap<string, number>): Pool[] {
  const pools = new Map<string, Pool>();
  for (const [topic, partitions] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const able = [...members.keys()].filter((member) => members.get(member)!.topics.has(topic)).sort();
    if (able.length === 0) continue;
    const key = JSON.stringify([partitions, able]);
    const pool = pools.get(key) ?? { topics: [], able, partitions };
    pool.topics.push(topic);
    pools.set(key, pool);
  }
  return [...pools.values()];
}

/** The member for each partition number of a pool. */
function seatsOf(pool: Pool, owners: ReadonlyMap<string, Owner>, loads: ReadonlyMap<string, number>): string[] {
  const held = heldIn(pool, owners);
  const quotas = quotasOf(pool, held, loads);
  const seats: string[] = new Array(pool.partitions);
  const free = new Set(seats.keys());
  for (const [member, numbers] of held) {
    for (const number of numbers.slice(0, quotas.get(member)!)) {
      seats[number] = member;
      free.delete(number);
    }
    quotas.set(member, Math.max(0, quotas.get(member)! - numbers.length));
  }
  for (const number of free) {
    const neediest = pool.able.reduce((a, b) => (quotas.get(b)! > quotas.get(a)! ? b : a));
    seats[number] = neediest;
    quotas.set(neediest, quotas.get(neediest)! - 1);
  }
  return seats;
}

/** The numbers that each member has now, those it is letting go last: what it is losing already it shall go on losing. */
function heldIn(pool: Pool, owners: ReadonlyMap<string, Owner>): Map<string, number[]> {
  const firm = new Map<string, number[]>(pool.able.map((member) => [member, []]));
  const loose = new Map<string, number[]>(pool.able.map((member) => [member, []]));
  for (let partition = 0; partition < pool.partitions; partition++) {
    const owned = pool.topics.flatMap((topic) => owners.get(idOf({ topic, partition })) ?? []);
    const holder = mostOf(owned.filter(({ member, leaving }) => !leaving && firm.has(member)));
    const leaver = holder ?? mostOf(owned.filter(({ member }) => firm.has(member)));
    if (holder !== undefined) firm.get(holder)!.push(partition);
    else if (leaver !== undefined) loose.get(leaver)!.push(partition);
  }
  return new Map(pool.able.map((member) => [member, [...firm.get(member)!, ...loose.get(member)!]]));
}

function mostOf(owned: readonly Owner[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { member } of owned) counts.set(member, (counts.get(member) ?? 0) + 1);
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]?.[0];
}

/** How many each may have: the odd ones go to who has more already (a move less), then to who has least of other topics. */
function quotasOf(
  { able, partitions }: Pool,
  held: ReadonlyMap<string, readonly number[]>,
  loads: ReadonlyMap<string, number>,
): Map<string, number> {
  const least = Math.floor(partitions / able.length);
  const keepsMore = (member: string): number => (held.get(member)!.length > least ? 0 : 1);
  const order = [...able].sort((a, b) => keepsMore(a) - keepsMore(b) || loads.get(a)! - loads.get(b)!);
  const odd = partitions % able.length;
  return new Map(order.map((member, i) => [member, least + (i < odd ? 1 : 0)]));
}

function idOf({ topic, partition }: TopicPartition): string {
  return `${topic}\0${partition}`;
}
