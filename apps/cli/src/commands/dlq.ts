import {
  type Buried,
  type BuriedRow,
  type DeadLetterQueue,
  dispositions,
  findBuried,
  readBuried,
} from '@sunbeon/kafka';
import { SunbeonError } from '@sunbeon/core';
import { fromHeaders } from '@sunbeon/core/headers';
import { jsonSafe } from '@sunbeon/schema';
import { type Cluster, withCluster } from '../cluster.js';
import { type Command, type Flags, JSON_FLAG, printJson } from '../command.js';
import { table } from '../table.js';

/** How many rows `ls` lists without `--limit`. */
const DEFAULT_LIMIT = 1_000;

const FILTER = { contract: { type: 'string' }, error: { type: 'string' }, id: { type: 'string' } } as const;

export const dlqLs: Command = {
  name: 'dlq ls',
  usage: '[queue] [--contract <name>] [--error <code>] [--id <id>] [--all] [--limit <n>] [--json]',
  summary: 'buried records; with --all also the discarded ones',
  options: { ...JSON_FLAG, ...FILTER, all: { type: 'boolean' }, limit: { type: 'string' } },
  args: [0, 1],
  async run([queue], flags, io) {
    const limit = whole(flags['limit'], DEFAULT_LIMIT);
    const rows: BuriedRow[] = [];
    let others = 0;
    await withCluster(io, async ({ admin, road, prefix }) => {
      for (const one of await admin.deadLetterQueues(queue)) {
        const dispositionOf = await dispositions(road, one.dlq, prefix);
        await readBuried(road, [one], ({ row }) => {
          const isHidden = !flags['all'] && dispositionOf(row.partition, row.offset) === 'discarded';
          if (!isHidden && matches(row, flags)) rows.push(row);
          else others += 1;
          return rows.length >= limit;
        });
        if (rows.length >= limit) break;
      }
    });
    rows.sort((a, b) => (a.timestamp < b.timestamp ? -1 : a.timestamp > b.timestamp ? 1 : 0));
    if (flags['json']) return printJson(io, rows);
    if (rows.length === 0) io.err(others === 0 ? 'nothing is buried here\n' : `none of the ${others} buried here is meant by this filter\n`); // prettier-ignore
    const cells = rows.map((row) => [`${row.topic}/${row.partition}/${row.offset}`, row.contract, row.id, row.key, row.attempts, row.timestamp, row.error.code, row.error.message]); // prettier-ignore
    io.out(`${table(['ADDRESS', 'CONTRACT', 'ID', 'KEY', 'ATTEMPTS', 'BURIED AT', 'ERROR', 'MESSAGE'], cells)}\n`);
    if (rows.length >= limit) io.err(`listed the first ${limit}; give --limit for more\n`);
  },
};

export const dlqShow: Command = {
  name: 'dlq show',
  usage: '<topic/partition/offset> [--json]',
  summary: 'one buried record: payload, headers and every attempt',
  options: JSON_FLAG,
  args: [1, 1],
  async run([address], _flags, io) {
    const document = await withCluster(io, async (cluster) => describe(await find(cluster, address!), cluster));
    printJson(io, document);
  },
};

async function find(cluster: Cluster, address: string): Promise<{ queue: DeadLetterQueue; buried: Buried }> {
  const match = /^([^/]+)\/(\d+)\/(\d+)$/.exec(address);
  if (match === null) {
    throw new SunbeonError('OPTION_INVALID', `"${address}" is no address of a buried record.`, {
      hint: 'Copy one from "sunbeon dlq ls": <topic>/<partition>/<offset>.',
    });
  }
  const [, topic, partition, offset] = match;
  const queues = await cluster.admin.deadLetterQueues(topic);
  const queue = queues.find(({ dlq }) => dlq === topic);
  if (queue === undefined) {
    throw new SunbeonError('DLQ_RECORD_NOT_FOUND', `There is no DLQ "${topic}" on this cluster.`, {
      hint: 'List what is there with "sunbeon dlq ls".',
      facts: { topic },
    });
  }
  const buried = await findBuried(cluster.road, queue, { partition: Number(partition), offset: Number(offset) });
  return { queue, buried };
}

function matches(row: BuriedRow, { contract, error, id }: Flags): boolean {
  return (
    (contract === undefined || row.contract === contract) &&
    (error === undefined || row.error.code === error) &&
    (id === undefined || row.id === id)
  );
}

async function describe({ buried }: { buried: Buried }, { codec }: Cluster): Promise<Record<string, unknown>> {
  const { row, record } = buried;
  const headers = Object.fromEntries(Object.entries(record.headers).map(([name, value]) => [name, show(name, value)]));
  const { timestampMs: timeMs, value } = record;
  const { history } = fromHeaders(record.headers, { id: '', type: '', timeMs, key: undefined, value })!;
  const payload = record.value === null ? null : await codec.decodeAny(record.value).then(jsonSafe, () => undefined);
  return { ...row, payload, valueBase64: record.value?.toString('base64') ?? null, headers, history };
}

/** Big-endian numbers of the dead-letter headers as numbers, everything else as text. */
function show(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((one) => show(name, one));
  if (!Buffer.isBuffer(value)) return value;
  if (name.startsWith('kafka_dlt-original-') && value.length === 4) return value.readInt32BE();
  if (/^kafka_dlt-original-(offset|timestamp)$/.test(name) && value.length === 8) return Number(value.readBigInt64BE());
  return value.toString();
}

function whole(text: string | boolean | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  if (typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new SunbeonError('OPTION_INVALID', `--limit got "${String(text)}".`, {
    hint: 'Give a whole number of at least 1.',
  });
}
