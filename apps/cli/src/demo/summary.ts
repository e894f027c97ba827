import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readBuried } from '@sunbeon/kafka';
import type { DemoOptions } from './demo.js';
import type { Tally } from './tally.js';

/** One line of the summary; sent = succeeded + buried + ignored. */
export interface ContractSummary {
  readonly sent: number;
  readonly succeeded: number;
  /** Messages that needed more than one attempt, whatever became of them. */
  readonly retried: number;
  readonly buried: number;
  /** Dropped by their handler. */
  readonly ignored: number;
  /** From sent to settled, of those that succeeded, in milliseconds. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface Summary {
  readonly ready_seconds: number;
  readonly demo_seconds: number;
  readonly contracts: Readonly<Record<string, ContractSummary>>;
}

export function summarise(
  tally: Tally,
  took: { readonly readySeconds: number; readonly demoSeconds: number },
): Summary {
  return {
    ready_seconds: round(took.readySeconds),
    demo_seconds: round(took.demoSeconds),
    contracts: Object.fromEntries([...tally.sent.keys()].map((label) => [label, summariseOne(tally, label)])),
  };
}

function summariseOne(tally: Tally, label: string): ContractSummary {
  const outcomes = tally.outcomesOf(label);
  const count = (status: string): number => outcomes.filter((outcome) => outcome.status === status).length;
  const latencies = outcomes
    .filter(({ status }) => status === 'succeeded')
    .map(({ atMs, sentMs }) => atMs - sentMs)
    .sort((a, b) => a - b);
  return {
    sent: tally.sent.get(label)!.size,
    succeeded: count('succeeded'),
    retried: outcomes.filter(({ attempt }) => attempt > 1).length,
    buried: count('buried'),
    ignored: count('dropped'),
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
  };
}

/**
 * What the counts claim, seen from the other side: buried messages lie in a DLQ with a reason, thumbnails are files, e-mails
 * arrived. @returns one sentence for each claim that does not hold.
 */
export async function checkEffects(options: DemoOptions, tally: Tally, folder: string): Promise<string[]> {
  const problems: string[] = [];
  const check = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) problems.push(`${what}: ${got}, but ${wanted} by the outcomes`);
  };
  const buriedIds = new Set<string>();
  for (const label of tally.sent.keys()) for (const { id, status } of tally.outcomesOf(label)) if (status === 'buried') buriedIds.add(id); // prettier-ignore
  const explained = await buriedWithReason(options, buriedIds);
  check('messages in a DLQ with their reason', explained, buriedIds.size);
  const count = (label: string): number =>
    tally.outcomesOf(label).filter(({ status }) => status === 'succeeded').length;
  const thumbnails = existsSync(join(folder, 'thumbnails')) ? readdirSync(join(folder, 'thumbnails')) : [];
  check('thumbnails', thumbnails.filter((name) => name.endsWith('.jpg')).length, count('image.thumbnail'));
  const mailed = tally.outcomesOf('email.send').filter(({ id, status }) => status === 'succeeded' && options.mailbox.mails.has(`<${id}@sunbeon>`)); // prettier-ignore
  check('e-mails delivered', mailed.length, count('email.send'));
  return problems;
}

/** How many of these messages lie in a DLQ and say why. */
async function buriedWithReason({ cluster }: DemoOptions, ids: ReadonlySet<string>): Promise<number> {
  const found = new Set<string>();
  await readBuried(cluster.road, await cluster.admin.deadLetterQueues(), ({ row: { id, error } }) => {
    if (id !== null && ids.has(id) && error.message !== '') found.add(id);
  });
  return found.size;
}

/** Nearest-rank quantile of sorted numbers. */
function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}

function round(seconds: number): number {
  return Math.round(seconds * 10) / 10;
}
