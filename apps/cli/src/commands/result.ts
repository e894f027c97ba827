import type { TaskResult } from '@sunbeon/core/ports';
import { SunbeonError } from '@sunbeon/core';
import { jsonSafe } from '@sunbeon/schema';
import { type Command, JSON_FLAG, printJson } from '../command.js';
import { withCluster } from '../cluster.js';

export const result: Command = {
  name: 'result',
  usage: '<id> [--json]',
  summary: 'what is known of a task',
  options: JSON_FLAG,
  args: [1, 1],
  async run([id], { json }, io) {
    const found = await withCluster(io, async (cluster) => {
      const transport = cluster.transport();
      return transport.results.lookup(id!);
    });
    if (found === undefined) {
      throw new SunbeonError('RESULT_UNKNOWN', `Nothing is known of task ${id}.`, {
        hint: `A task sent in process has a status only after its first attempt, an unreadable record has none ("sunbeon dlq ls --id ${id}"); results are kept for seven days.`,
        facts: { id },
      });
    }
    const document = describeResult(found);
    if (json) return printJson(io, document);
    for (const [name, value] of Object.entries(document)) io.out(`${name.padEnd(10)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`); // prettier-ignore
  },
};

/** A result as JSON shows it: times as ISO 8601, bytes as base64. */
export function describeResult(found: TaskResult): Record<string, unknown> {
  const { sentMs, atMs, output, payloadHash: _internal, ...rest } = found;
  const times = { sentAt: new Date(sentMs).toISOString(), updatedAt: new Date(atMs).toISOString() };
  return { ...rest, ...times, ...(output === undefined ? {} : { output: jsonSafe(output) }) };
}
