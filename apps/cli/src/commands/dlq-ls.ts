import type { BuriedRow, DlqGroup } from '@sunbeon/kafka';
import { withCluster } from '../cluster.js';
import { type Command, JSON_FLAG, printJson } from '../command.js';
import { deadLetters } from '../dead-letters.js';
import { CHOICE_FLAGS, CHOICE_USAGE, choiceOf, wholeOf } from '../dlq-filter-flags.js';
import { table } from '../table.js';

export const dlqLs: Command = {
  name: 'dlq ls',
  usage: `[queue] ${CHOICE_USAGE} [--limit <n>] [--json]`,
  summary: 'the newest buried records, in the order of their burial',
  options: { ...JSON_FLAG, ...CHOICE_FLAGS, limit: { type: 'string' } },
  args: [0, 1],
  async run([queue], flags, io) {
    const limit = wholeOf(flags, 'limit');
    const choice = choiceOf(flags, Date.now());
    const { rows, hasMore, seen } = await withCluster(io, (cluster) => deadLetters(cluster).list(queue, { ...choice, ...limit })); // prettier-ignore
    if (flags['json']) return printJson(io, rows);
    if (rows.length === 0) {
      const discarded = flags['all'] ? '' : ' (what was discarded is left out: --all lists it too)';
      io.err(seen === 0 ? 'nothing is buried here\n' : `none of the ${seen} buried here is meant${discarded}\n`);
    }
    io.out(`${table(['ADDRESS', 'CONTRACT', 'ID', 'KEY', 'ATTEMPTS', 'BURIED AT', 'DISPOSITION', 'ERROR', 'MESSAGE'], rows.map(cellsOf))}\n`); // prettier-ignore
    if (hasMore) io.err(`the newest ${rows.length}; give --limit for more\n`);
  },
};

function cellsOf({
  topic,
  partition,
  offset,
  contract,
  id,
  key,
  attempts,
  timestamp,
  disposition,
  error,
}: BuriedRow): unknown[] {
  return [
    `${topic}/${partition}/${offset}`,
    contract,
    id,
    key,
    attempts,
    timestamp,
    disposition,
    error.code,
    error.message,
  ];
}

export const dlqGroups: Command = {
  name: 'dlq groups',
  usage: `[queue] ${CHOICE_USAGE} [--max-groups <n>] [--json]`,
  summary: 'what went wrong and how often: buried records by fingerprint, the largest group first',
  options: { ...JSON_FLAG, ...CHOICE_FLAGS, 'max-groups': { type: 'string' } },
  args: [0, 1],
  async run([queue], flags, io) {
    const maxGroups = wholeOf(flags, 'max-groups', 'maxGroups');
    const choice = choiceOf(flags, Date.now());
    const found = await withCluster(io, (cluster) => deadLetters(cluster).groups(queue, { ...choice, ...maxGroups }));
    if (flags['json']) return printJson(io, found);
    const { groups, others, total } = found;
    if (total === 0) io.err('nothing is buried here, or nothing of it is meant\n');
    io.out(`${table(['COUNT', 'FINGERPRINT', 'CONTRACT', 'ERROR', 'MESSAGE', 'FIRST', 'LAST', 'EXAMPLE'], groups.map(groupCells))}\n`); // prettier-ignore
    if (others > 0) io.err(`${others} more are in further groups; give --max-groups for more\n`);
  },
};

function groupCells({ count, fingerprint, contract, error, first, last, example }: DlqGroup): unknown[] {
  return [count, fingerprint, contract, error.name, error.message, first, last, example];
}
