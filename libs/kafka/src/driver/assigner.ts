import kafkajs, { type Assigner, type Cluster, type GroupMember } from 'kafkajs';
import type { TopicPartition } from '@sunbeon/core/ports';
import { GROUP_HOOKS, type GroupHooks } from '../patches/group-hooks.js';
import { type Basis, basisOf, decodeBasis, encodeBasis } from './basis.js';
import { decodeClaims, encodeClaims } from './claims.js';
import { type Candidate, type Claims, NO_CLAIMS, share } from './share.js';

/** An assigner that also carries the hooks of its consumer. */
export type HookedAssigner = Assigner & { [GROUP_HOOKS]: GroupHooks };

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** All members of a group must know it under this name; another client that does not is refused by the broker. */
const COOPERATIVE = 'SunbeonCooperative';

/**
 * Partitions move in two steps (as in KIP-429): in the first they are given to nobody, so that who has them can drain, in the
 * second to their new owner. What decides is `share`; what members have, they say in the metadata of each join.
 * @param claims asked anew at each join
 */
export function cooperativeAssigner(cluster: Cluster, hooks: GroupHooks, claims: () => Claims): HookedAssigner {
  return {
    name: COOPERATIVE,
    version: 0,
    [GROUP_HOOKS]: hooks,
    protocol: ({ topics }) => protocol(COOPERATIVE, topics, encodeClaims(claims())),
    async assign({ members, topics }) {
      const candidates = new Map(members.map((member) => [member.memberId, candidateOf(member, topics)]));
      const all = [...new Set([...candidates.values()].flatMap((one) => [...one.topics]))];
      // The leader knows the metadata of its own topics only; the others' are added to what it keeps up to date.
      await (cluster as Cluster & Targets).addMultipleTargetTopics(all);
      const counts = new Map(all.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]));
      const basis = (member: string, given: readonly TopicPartition[]) => encodeBasis(basisOf(candidates.get(member)!, given, counts)); // prettier-ignore
      return encode(share(candidates, counts), basis);
    },
  };
}

/** For a group of one that reads chosen partitions. */
export function fixedAssigner(partitions: readonly TopicPartition[], hooks: GroupHooks): HookedAssigner {
  return {
    name: 'SunbeonReader',
    version: 0,
    [GROUP_HOOKS]: hooks,
    protocol: ({ topics }) => protocol('SunbeonReader', topics, Buffer.alloc(0)),
    assign({ members }) {
      return Promise.resolve(encode(new Map(members.slice(0, 1).map(({ memberId }) => [memberId, partitions]))));
    },
  };
}

interface Targets {
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
}

/** One whose metadata cannot be read is taken to want what the leader wants, and to have nothing. */
function candidateOf(member: GroupMember, otherwise: readonly string[]): Candidate {
  try {
    const { topics, userData } = MemberMetadata.decode(member.memberMetadata)!;
    return { topics: new Set(topics), claims: decodeClaims(userData) };
  } catch {
    return { topics: new Set(otherwise), claims: NO_CLAIMS }; // another client's bytes must not end the group
  }
}

function protocol(name: string, topics: string[], userData: Buffer) {
  return { name, metadata: MemberMetadata.encode({ version: 0, topics, userData }) };
}

function encode(
  assignment: ReadonlyMap<string, readonly TopicPartition[]>,
  basis: (member: string, given: readonly TopicPartition[]) => Buffer = () => Buffer.alloc(0),
) {
  return [...assignment].map(([memberId, partitions]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({
      version: 0,
      assignment: byTopic(partitions),
      userData: basis(memberId, partitions),
    }),
  }));
}

/** What the leader went by, out of the bytes of an assignment. */
export function readBasis(memberAssignment: Buffer): Basis | undefined {
  return decodeBasis(MemberAssignment.decode(memberAssignment)?.userData ?? null);
}

function byTopic(partitions: readonly TopicPartition[]): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  for (const { topic, partition } of partitions) (result[topic] ??= []).push(partition);
  return result;
}
