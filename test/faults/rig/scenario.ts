import { appendFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterHandle, ensureJars, startCluster } from '@sunbeon/embedded';
import { type Allowance, check, type Report } from '../checker/checker.js';
import { readHistory } from '../checker/history.js';
import { DEADLINE_MS, seedOfRun } from './form.js';
import { Proxy } from './proxy.js';
import { Rig, type RigOptions } from './rig.js';

const SHOWN = 5;

export interface ScenarioOptions extends RigOptions {
  /** Default 1. */
  readonly brokers?: 1 | 3;
  /** One broker, behind a proxy of ours. */
  readonly proxied?: boolean;
}

/**
 * Runs a scenario on a cluster of its own and checks its history.
 * @param body does the damage, and says what it cannot help; what it does not name is not allowed: no duplicate, no zombie, and
 * no partition that stands still for 15 s
 * @returns what the checker says, which is no damage
 * @throws Error with the seed, the damage and the folder of the history, which is kept then; no process is left behind
 */
export async function scenario(
  options: ScenarioOptions,
  body: (rig: Rig) => Promise<Partial<Allowance>>,
): Promise<Report> {
  const seed = seedOfRun();
  const parent = process.env['SUNBEON_FAULTS_DIR'] ?? tmpdir();
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, `sunbeon-faults-${options.name}-${seed}-`));
  try {
    const allowed = await onCluster(options, { folder, seed }, body);
    const report = check(await readHistory(folder), { duplicates: 0, zombies: 0, stuckAfterMs: 15_000, ...allowed });
    say(options.name, seed, report);
    if (report.damage.length > 0) throw new Error(describe(report));
    await rm(folder, { recursive: true, force: true });
    return report;
  } catch (error) {
    const message = [(error as Error).message, ...(await seenIn(folder))].join('\n');
    throw new Error(`${options.name} with SUNBEON_FAULTS_SEED=${seed}, history in ${folder}:\n${message}`, {
      cause: error,
    });
  }
}

/** What a scenario that did not come to its check has seen until then: mostly why. Without a reading of the topics, so without outcomes. */
async function seenIn(folder: string): Promise<string[]> {
  const lines = await readHistory(folder);
  if (lines.some(({ kind }) => kind === 'verdict')) return [];
  const { damage, found } = check(lines, { duplicates: 0, zombies: 0, stuckAfterMs: 15_000 });
  const seen = damage.filter(({ rule }) => rule !== 'lost');
  return seen.length === 0 ? [] : ['Until then:', describe({ damage: seen, found: { ...found, lost: 0 } })];
}

/** What the cluster and the processes of a run are made in; the data of the brokers do not outlive it. */
async function onCluster<T>(
  options: ScenarioOptions,
  on: { readonly folder: string; readonly seed: number },
  body: (rig: Rig) => Promise<T>,
): Promise<T> {
  // prettier-ignore
  const dataDir = await mkdtemp(join(tmpdir(), 'sunbeon-faults-kafka-'));
  const proxy = options.proxied === true ? await Proxy.listen() : undefined;
  let cluster: ClusterHandle | undefined;
  let rig: Rig | undefined;
  try {
    cluster = await startBrokers(options, dataDir, proxy);
    rig = new Rig(options, { ...on, cluster, proxy });
    return await withDeadline(body(rig));
  } finally {
    await rig?.end();
    await cluster?.stop();
    await proxy?.[Symbol.asyncDispose]();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function startBrokers(
  { brokers = 1 }: ScenarioOptions,
  dataDir: string,
  proxy: Proxy | undefined,
): Promise<ClusterHandle> {
  const overrides = {
    // Sessions of a few seconds, for consumers and for brokers: a scenario is mostly waiting for one to be over.
    'group.min.session.timeout.ms': 500,
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    ...(proxy && { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${proxy.port}` }),
  };
  const cluster = await startCluster({ dataDir, jars: await ensureJars(), brokers, overrides });
  if (proxy === undefined) return cluster;
  proxy.leadTo(Number(cluster.brokers[0]!.split(':')[1]));
  return { ...cluster, brokers: [`127.0.0.1:${proxy.port}`] };
}

async function withDeadline<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`Not over after ${DEADLINE_MS} ms`)), DEADLINE_MS);
  work.catch(() => undefined); // its processes are ended under it when the time is up
  return Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

/** One line for people, and one for the script that runs the long forms. */
function say(name: string, seed: number, { counts, found }: Report): void {
  const { published, effects, duplicates, zombies, kills, maxRssMb, seconds } = counts;
  const { retried, succeeded, buried, repeated } = counts;
  const row = {
    name,
    seed,
    published,
    effects,
    duplicates,
    retried,
    succeeded,
    buried,
    repeated,
    ...found,
    zombies,
    kills,
    maxRssMb,
    seconds: Math.round(seconds),
  };
  const text = Object.entries(row).map(([key, value]) => `${key}=${value}`).join(' '); // prettier-ignore
  process.stderr.write(`faults: ${text}\n`);
  const file = process.env['SUNBEON_FAULTS_ROWS'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(row)}\n`);
}

function describe({ damage, found }: Pick<Report, 'damage' | 'found'>): string {
  return Object.entries(found).flatMap(([rule, number]) => {
    if (number === 0) return [];
    const shown = damage.filter((one) => one.rule === rule).slice(0, SHOWN);
    return [`${rule}: ${number}`, ...shown.map(({ text }) => `  ${text}`)];
  }).join('\n'); // prettier-ignore
}
