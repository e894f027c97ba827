import type { GroupOverview, QueueOverview } from '@sunbeon/kafka';

/** A queue as the API shows it: the groups' counts are summed beside the groups. */
export interface QueueView extends QueueOverview {
  readonly waiting: number;
  readonly retrying: number;
}

/** A group member and what it reads. */
export interface WorkerView {
  readonly worker: string;
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

/** A process that reads several queues is one member of several groups: it is listed once. */
function workersOf(queues: readonly QueueOverview[]): WorkerView[] {
  const found = new Map<string, { groups: Set<string>; queues: Set<string> }>();
  for (const { queue, groups } of queues) {
    for (const { group, members } of groups) {
      for (const member of members) {
        const worker = found.get(member) ?? { groups: new Set(), queues: new Set() };
        worker.groups.add(group);
        worker.queues.add(queue);
        found.set(member, worker);
      }
    }
  }
  return [...found]
    .map(([worker, seen]) => ({ worker, groups: [...seen.groups].sort(), queues: [...seen.queues].sort() }))
    .sort((a, b) => byText(a.worker, b.worker));
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
