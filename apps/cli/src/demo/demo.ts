import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../cluster.js';
import type { Io } from '../command.js';
import { table } from '../table.js';
import type { Mailbox } from './mailbox.js';
import { sendInput } from './send.js';
import { checkEffects, type Summary, summarise } from './summary.js';
import { Tally } from './tally.js';

export interface DemoOptions {
  readonly io: Io;
  readonly cluster: Pick<Cluster, 'road' | 'contracts' | 'prefix' | 'admin'>;
  readonly mailbox: Mailbox;
  /** The producer's address. */
  readonly api: string;
  readonly root: string;
  readonly readySeconds: number;
}

/** A demo that is not done by then has lost something, and says what. */
const GIVE_UP_MS = 180_000;
const LOOK_EVERY_MS = 250;
const SAY_EVERY_MS = 2_000;

/**
 * Sends real input through the running apps and counts every message from the log itself.
 * @returns whether the summary adds up.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const { io, root } = options;
  const folder = join(root, '.sunbeon', 'demo');
  rmSync(join(folder, 'thumbnails'), { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  io.out('\nDemo: photographs → thumbnails, flights → statistics and e-mails, sums, and random bytes on every topic\n');
  const startedMs = Date.now();
  const tally = await Tally.open(options.cluster);
  try {
    const expected = await sendInput(options, folder);
    await settled(tally, expected, io);
    const demoSeconds = (Date.now() - startedMs) / 1_000;
    const summary = summarise(tally, { readySeconds: options.readySeconds, demoSeconds });
    const problems = [...tally.missing(expected), ...(await checkEffects(options, tally, folder))];
    report(io, summary, problems);
    writeFileSync(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    return problems.length === 0;
  } finally {
    await tally.close();
  }
}

/** Waits until every message that was sent, and every message that those sent, has an outcome. */
async function settled(tally: Tally, expected: ReadonlyMap<string, number>, io: Io): Promise<void> {
  const startedMs = Date.now();
  let saidMs = startedMs;
  while (!(await tally.isSettled(expected)) && Date.now() - startedMs < GIVE_UP_MS) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    if (Date.now() - saidMs < SAY_EVERY_MS) continue;
    saidMs = Date.now();
    io.out(`  … ${tally.progress()}\n`);
  }
}

function report(io: Io, summary: Summary, problems: readonly string[]): void {
  const head = ['TASK OR EVENT@GROUP', 'SENT', 'SUCCEEDED', 'RETRIED', 'BURIED', 'IGNORED', 'P50 ms', 'P99 ms'];
  const rows = Object.entries(summary.contracts).map(([name, one]) => [name, one.sent, one.succeeded, one.retried, one.buried, one.ignored, one.p50Ms, one.p99Ms]); // prettier-ignore
  io.out(`\n${table(head, rows)}\n\n`);
  for (const problem of problems) io.err(`demo: ${problem}\n`);
  const verdict =
    problems.length === 0 ? 'every message succeeded or lies in a DLQ with its reason' : 'the summary does not add up';
  io.out(`demo done in ${summary.demo_seconds} s: ${verdict}\n`);
  io.out('look: .sunbeon/demo/thumbnails, .sunbeon/demo/summary.json, npx sunbeon dlq ls, npx sunbeon topology\n');
}
