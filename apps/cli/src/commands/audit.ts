import type { AuditEntry } from '@sunbeon/kafka';
import { withCluster } from '../cluster.js';
import { type Command, JSON_FLAG, printJson } from '../command.js';
import { filterOf } from '../dlq-filter-flags.js';
import { withOperator } from '../operating.js';
import { table } from '../table.js';

export const auditLs: Command = {
  name: 'audit ls',
  usage: '[--since <time>] [--json]',
  summary: 'what operators did, when, and what came of it',
  options: { ...JSON_FLAG, since: { type: 'string' } },
  args: [0, 0],
  async run(_args, flags, io) {
    const { sinceMs } = filterOf({ since: flags['since'] }, Date.now());
    const entries: AuditEntry[] = [];
    await withCluster(
      io,
      (cluster) =>
      withOperator({ io, flags, cluster }, (operator) => operator.readAudit(sinceMs, (entry) => void entries.push(entry))), // prettier-ignore
    );
    if (flags['json']) return printJson(io, entries);
    if (entries.length === 0) return io.err('nobody has acted yet\n');
    const cells = entries.map((one) => [one.at, one.by, one.verb, one.phase, one.what['source'] ?? '', outcomeOf(one), one.what['reason'] ?? '', one.act]); // prettier-ignore
    io.out(`${table(['AT', 'BY', 'VERB', 'PHASE', 'SOURCE', 'OUTCOME', 'REASON', 'ACT'], cells)}\n`);
  },
};

function outcomeOf({ counts = {}, error }: AuditEntry): string {
  if (error !== undefined) return error.code;
  return Object.entries(counts).filter(([, count]) => count > 0).map(([name, count]) => `${name} ${count}`).join(', '); // prettier-ignore
}
