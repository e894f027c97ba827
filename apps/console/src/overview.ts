import type { GroupOverview, QueueOverview } from '@sunbeon/kafka';

/** A queue as the API shows it: the groups' counts are summed beside the groups. */
export interface QueueView extends QueueOverview {
  readonly waiting: number;
  readonly retrying: number;
}

/** Processes of one name and what they read. */
export interface WorkerView {
  /** Kafka's client id, for example `consumer-1`. */
  readonly worker: string;
  /** How many have this name. */
  readonly processes: number;
  readonly groups: readonly string[];
  readonly queues: readonly string[];
}

/** The body of `GET /api/overview`. */
export interface Overview {
  /** When the counts were read, ISO 8601, UTC. */
  readonly at: string;
  readonly queues: readonly QueueView[];
  readonly workers: readonly WorkerView[];
}

/** Sums up what the cluster said; pure. Queues and workers are sorted by name so that rows keep their place. */
export function toOverview(queues: readonly QueueOverview[], atMs: number): Overview {
  return {
    at: new Date(atMs).toISOString(),
    queues: queues.map(toQueueView).sort((a, b) => byText(a.queue, b.queue)),
    workers: workersOf(queues),
  };
}

function toQueueView(queue: QueueOverview): QueueView {
  const sum = (count: (group: GroupOverview) => number) => queue.groups.reduce((all, group) => all + count(group), 0);
  return { ...queue, waiting: sum((group) => group.lag), retrying: sum((group) => group.retrying) };
}

/**
 * A process is one member of each group that it reads in: it is listed once, by the client id before the member's UUID. As many
 * processes have a name as the group where it has most members.
 */
function workersOf(queues: readonly QueueOverview[]): WorkerView[] {
  const found = new Map<string, { processes: number; groups: Set<string>; queues: Set<string> }>();
  for (const { queue, groups } of queues) {
    for (const { group, members } of groups) {
      const names = members.map(clientIdOf);
      for (const name of new Set(names)) {
        const worker = found.get(name) ?? { processes: 0, groups: new Set(), queues: new Set() };
        worker.processes = Math.max(worker.processes, names.filter((other) => other === name).length);
        worker.groups.add(group);
        worker.queues.add(queue);
        found.set(name, worker);
      }
    }
  }
  return [...found]
    .map(([worker, { processes, groups, queues }]) => ({
      worker,
      processes,
      groups: [...groups].sort(),
      queues: [...queues].sort(),
    })) // prettier-ignore
    .sort((a, b) => byText(a.worker, b.worker));
}

/** Kafka's coordinator names a member `<client id>-<UUID>`. */
function clientIdOf(member: string): string {
  return member.replace(/-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/, '');
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
