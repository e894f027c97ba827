import { jsonSafe } from '@sunbeon/schema';
import { withCluster } from '../cluster.js';
import { type Command, JSON_FLAG, printJson } from '../command.js';
import { deadLetters } from '../dead-letters.js';

export const dlqShow: Command = {
  name: 'dlq show',
  usage: '<topic/partition/offset> [--json]',
  summary: 'one buried record: payload, headers, every attempt, where it came from and its stack',
  options: JSON_FLAG,
  args: [1, 1],
  async run([address], _flags, io) {
    const shown = await withCluster(io, (cluster) => deadLetters(cluster).show(address!));
    printJson(io, 'payload' in shown ? { ...shown, payload: jsonSafe(shown.payload) } : shown);
  },
};
