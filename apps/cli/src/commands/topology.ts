import { type Command, JSON_FLAG, printJson } from '../command.js';
import { withCluster } from '../cluster.js';
import { table } from '../table.js';

export const topology: Command = {
  name: 'topology',
  usage: '[--json]',
  summary: 'queues and events with their topics, groups, retry topics and DLQs',
  options: JSON_FLAG,
  args: [0, 0],
  async run(_args, { json }, io) {
    const rows = await withCluster(io, ({ admin }) => admin.topology());
    if (json) return printJson(io, rows);
    const head = ['QUEUE', 'TOPIC', 'KIND', 'CONTRACTS', 'PARTITIONS', 'GROUPS', 'RETRY', 'DLQ'];
    const cells = rows.map((row) => [row.queue, row.topic, row.kind, row.contracts.join(', '), row.partitions, row.groups.join(', '), row.retry.length, row.dlq.join(', ')]); // prettier-ignore
    io.out(`${table(head, cells)}\n`);
  },
};

export const topologyPlan: Command = {
  name: 'topology plan',
  usage: '[--json]',
  summary: 'what "topology apply" would create',
  options: JSON_FLAG,
  args: [0, 0],
  async run(_args, { json }, io) {
    const plan = await withCluster(io, ({ admin }) => admin.plan());
    if (json) return printJson(io, plan);
    for (const { topic, partitions } of plan.create) io.out(`create ${topic} (${partitions} partitions)\n`);
    for (const one of plan.mismatched)
      io.out(`mismatch ${one.topic}: ${one.partitions} partitions, wanted ${one.wanted}\n`);
    if (plan.create.length + plan.mismatched.length === 0) io.out('nothing to do\n');
  },
};

export const topologyApply: Command = {
  name: 'topology apply',
  usage: '[--json]',
  summary: 'creates the topics of the contracts that do not exist',
  options: JSON_FLAG,
  args: [0, 0],
  async run(_args, { json }, io) {
    const created = await withCluster(io, ({ admin }) => admin.apply());
    if (json) return printJson(io, created);
    for (const { topic, partitions } of created) io.out(`created ${topic} (${partitions} partitions)\n`);
    if (created.length === 0) io.out('nothing to do\n');
  },
};
