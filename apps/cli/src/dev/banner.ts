import type { TopologyRow } from '@sunbeon/kafka';
import { table } from '../table.js';
import type { Deployment } from './deployment.js';
import type { DevServices } from './services.js';

/** What runs and where, for a person: queues → topics → partitions, tasks, replicas, addresses. */
export function banner(rows: readonly TopologyRow[], deployment: Deployment, services: DevServices): string {
  const head = ['QUEUE', 'TOPIC', 'PARTITIONS', 'TASKS AND EVENTS', 'GROUPS', 'RETRY TOPICS', 'DLQ'];
  const cells = rows.map((row) => [row.queue, row.topic, row.partitions, row.contracts.join(', '), row.groups.join(', '), row.retry.length, row.dlq.length]); // prettier-ignore
  const replicas = Object.keys(deployment.pids()).sort().join(', ');
  const addresses: [string, string | undefined][] = [
    ['replicas', replicas],
    ['Kafka', `${services.brokers}${services.embedded ? ' (embedded, data in .sunbeon/)' : ''}`],
    ['registry', services.registryUrl ?? 'none: values are plain JSON'],
    ['API', deployment.url('producer') && `${deployment.url('producer')} (documentation: /docs)`],
    ['console', deployment.url('console')],
  ];
  const lines = addresses.filter(([, value]) => value).map(([name, value]) => `${name.padEnd(10)}${value}`);
  return `\n${table(head, cells)}\n\n${lines.join('\n')}\n`;
}
