import kafkajs, { type Assigner, type Cluster, type GroupMember } from 'kafkajs';
import type { TopicPartition } from '@sunbeon/core/ports';
import { JOIN_HOOKS, type JoinHooks } from '../patches.js';

/** An assigner that also carries the hooks of its consumer. */
export type HookedAssigner = Assigner & { [JOIN_HOOKS]: JoinHooks };

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol;

/** Partitions of each subscribed topic in turn to the members that subscribe to it, each time to the one that has least. */
export function balance(
  subscriptions: ReadonlyMap<string, ReadonlySet<string>>,
  partitions: readonly TopicPartition[],
): Map<string, Record<string, number[]>> {
  const members = [...subscriptions.keys()].sort();
  const result = new Map<string, Record<string, number[]>>(members.map((member) => [member, {}]));
  const counts = new Map(members.map((member) => [member, 0]));
  for (const { topic, partition } of partitions) {
    const able = members.filter((member) => subscriptions.get(member)!.has(topic));
    if (able.length === 0) continue;
    const least = able.reduce((a, b) => (counts.get(b)! < counts.get(a)! ? b : a));
    (result.get(least)![topic] ??= []).push(partition);
    counts.set(least, counts.get(least)! + 1);
  }
  return result;
}

/**
 * Shares partitions out among members that need not subscribe to the same topics (kafkajs's own round robin gives a member
 * topics it never asked for). Its name and protocol are kafkajs's, so that other clients of that assigner may join.
 */
export function balancedAssigner(cluster: Cluster, hooks: JoinHooks): HookedAssigner {
  return {
    name: 'RoundRobinAssigner',
    version: 0,
    [JOIN_HOOKS]: hooks,
    protocol: ({ topics }) => protocol('RoundRobinAssigner', topics),
    async assign({ members, topics }) {
      const subscriptions = new Map(members.map((member) => [member.memberId, topicsOf(member, topics)]));
      const all = [...new Set([...subscriptions.values()].flatMap((set) => [...set]))].sort();
      // The leader knows the metadata of its own topics only; the others' are added to what it keeps up to date.
      await (cluster as Cluster & Targets).addMultipleTargetTopics(all);
      const partitions = all.flatMap((topic) => partitionsOf(cluster, topic));
      return encode(balance(subscriptions, partitions));
    },
  };
}

/** For a group of one that reads chosen partitions. */
export function fixedAssigner(partitions: readonly TopicPartition[], hooks: JoinHooks): HookedAssigner {
  return {
    name: 'SunbeonReader',
    version: 0,
    [JOIN_HOOKS]: hooks,
    protocol: ({ topics }) => protocol('SunbeonReader', topics),
    assign({ members }) {
      const chosen: Record<string, number[]> = {};
      for (const { topic, partition } of partitions) (chosen[topic] ??= []).push(partition);
      return Promise.resolve(encode(new Map(members.slice(0, 1).map(({ memberId }) => [memberId, chosen]))));
    },
  };
}

interface Targets {
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
}

function partitionsOf(cluster: Cluster, topic: string): TopicPartition[] {
  const ids = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId);
  return ids.sort((a, b) => a - b).map((partition) => ({ topic, partition }));
}

/** What a member subscribes to; one whose metadata cannot be read is taken to want what the leader wants. */
function topicsOf(member: GroupMember, otherwise: readonly string[]): Set<string> {
  try {
    return new Set(MemberMetadata.decode(member.memberMetadata)?.topics ?? otherwise);
  } catch {
    return new Set(otherwise); // another client's bytes must not end the group
  }
}

function protocol(name: string, topics: string[]) {
  return { name, metadata: MemberMetadata.encode({ version: 0, topics, userData: Buffer.alloc(0) }) };
}

function encode(assignment: ReadonlyMap<string, Record<string, number[]>>) {
  return [...assignment].map(([memberId, assigned]) => ({
    memberId,
    memberAssignment: MemberAssignment.encode({ version: 0, assignment: assigned, userData: Buffer.alloc(0) }),
  }));
}
