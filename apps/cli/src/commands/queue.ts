import type { QueueOverview, QueueRequest } from '@sunbeon/kafka';
import { type Command, type Flags, type Io, JSON_FLAG, printJson } from '../command.js';
import { withCluster } from '../cluster.js';
import { operatorName } from '../operating.js';
import { table } from '../table.js';

/** A queue as `queue ls` lists it; of an event each group that subscribes. */
interface QueueRow {
  readonly queue: string;
  readonly kind: 'task' | 'event';
  readonly state: 'running' | 'paused' | 'open' | 'half-open';
  readonly waiting: number;
  readonly retrying: number;
  readonly reason?: string;
  readonly by?: string;
  /** ISO 8601. */
  readonly since?: string;
  readonly until?: string;
}

export const queueLs: Command = {
  name: 'queue ls',
  usage: '[--json]',
  summary: 'queues with what waits, and which are paused, by whom and why',
  options: JSON_FLAG,
  args: [0, 0],
  async run(_args, { json }, io) {
    const rows = await withCluster(io, async ({ admin, prefix }) =>
      (await admin.overview()).flatMap((row) => rowsOf(row, prefix)),
    );
    if (json) return printJson(io, rows);
    const cells = rows.map((row) => [row.queue, row.kind, row.state, row.waiting, row.retrying, row.since, row.until, row.by, row.reason]); // prettier-ignore
    io.out(`${table(['QUEUE', 'KIND', 'STATE', 'WAITING', 'RETRYING', 'SINCE', 'UNTIL', 'BY', 'REASON'], cells)}\n`);
  },
};

export const queuePause: Command = {
  name: 'queue pause',
  usage: '<queue> [--reason <text>] [--as <who>] [--json]',
  summary: 'nothing of it begins any more, at no consumer, until it is resumed',
  options: { ...JSON_FLAG, reason: { type: 'string' }, as: { type: 'string' } },
  args: [1, 1],
  async run([queue], flags, io) {
    const queues = await withCluster(io, ({ admin }) => admin.pause(queue!, requestOf(flags, io)));
    if (flags['json']) return printJson(io, { queues, state: 'paused' });
    for (const name of queues) io.out(`${name} is paused; go on with: sunbeon queue resume ${name}\n`);
  },
};

export const queueResume: Command = {
  name: 'queue resume',
  usage: '<queue> [--reason <text>] [--as <who>] [--json]',
  summary: 'ends the pause of a person or of the flood breaker',
  options: { ...JSON_FLAG, reason: { type: 'string' }, as: { type: 'string' } },
  args: [1, 1],
  async run([queue], flags, io) {
    const queues = await withCluster(io, ({ admin }) => admin.resume(queue!, requestOf(flags, io)));
    if (flags['json']) return printJson(io, { queues, state: 'running' });
    for (const name of queues) io.out(`${name} goes on\n`);
  },
};

function requestOf(flags: Flags, io: Io): QueueRequest {
  const { reason } = flags;
  return { by: operatorName(flags, io), reason: typeof reason === 'string' ? reason : '' };
}

function rowsOf({ queue: topic, kind, groups, paused }: QueueOverview, prefix: string): QueueRow[] {
  return groups.map(({ group, lag: waiting, retrying }) => {
    const queue = kind === 'task' ? topic : `${topic}.${group.slice(prefix.length)}`;
    const found = paused.find((one) => one.queue === queue);
    if (found === undefined) return { queue, kind, state: 'running', waiting, retrying };
    const { state, reason, by, atMs, untilMs } = found;
    const until = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
    return { queue, kind, state, waiting, retrying, reason, by, since: new Date(atMs).toISOString(), ...until };
  });
}
