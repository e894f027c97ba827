import {
  type Buried,
  type BuriedRow,
  type DeadLetterQueue,
  findBuried,
  Produce,
  readBuried,
  replay,
} from '@sunbeon/kafka';
import { SunbeonError } from '@sunbeon/core';
import { type Cluster, withCluster } from '../cluster.js';
import { type Command, type Flags, JSON_FLAG, printJson } from '../command.js';

/** Records that go back in one send. */
const REPLAY_BATCH = 500;

const FILTER = { contract: { type: 'string' }, error: { type: 'string' }, id: { type: 'string' } } as const;

export const dlqReplay: Command = {
  name: 'dlq replay',
  usage: '<queue | topic/partition/offset> [--contract <name>] [--error <code>] [--id <id>] [--dry-run] [--json]',
  summary: 'sends buried records again, as they were',
  options: { ...JSON_FLAG, ...FILTER, 'dry-run': { type: 'boolean' } },
  args: [1, 1],
  async run([target], flags, io) {
    const counts = await withCluster(io, (cluster) => replayAll(cluster, target!, flags));
    if (flags['json']) printJson(io, counts);
    else io.out(`matched ${counts.matched}, replayed ${counts.replayed}, failed ${counts.failed}\n`);
    return counts.failed === 0 ? 0 : 1;
  },
};

async function replayAll(
  cluster: Cluster,
  target: string,
  flags: Flags,
): Promise<{ matched: number; replayed: number; failed: number }> {
  const chosen = await choose(cluster, target, flags);
  const matched = chosen.reduce((sum, { buried }) => sum + buried.length, 0);
  if (flags['dry-run']) return { matched, replayed: 0, failed: 0 };
  const producer = await cluster.road.producer();
  const produce = new Produce(producer);
  let replayed = 0;
  try {
    for (const { queue, buried } of chosen) {
      for (let at = 0; at < buried.length; at += REPLAY_BATCH) {
        const batch = buried.slice(at, at + REPLAY_BATCH);
        await replay(produce, queue, batch);
        replayed += batch.length;
      }
    }
  } finally {
    await producer.disconnect();
  }
  return { matched, replayed, failed: matched - replayed };
}

/** The records meant: one by its address, or all of a queue that pass the filter. */
async function choose(
  cluster: Cluster,
  target: string,
  flags: Flags,
): Promise<{ queue: DeadLetterQueue; buried: Buried[] }[]> {
  // prettier-ignore
  if (target.includes('/')) return [await find(cluster, target)].map(({ queue, buried }) => ({ queue, buried: [buried] }));
  const chosen: { queue: DeadLetterQueue; buried: Buried[] }[] = [];
  for (const queue of await cluster.admin.deadLetterQueues(target)) {
    const buried: Buried[] = [];
    await readBuried(cluster.road, [queue], (one) => void (matches(one.row, flags) && buried.push(one)));
    chosen.push({ queue, buried });
  }
  return chosen;
}

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
