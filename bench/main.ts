// Sunbeon and its peers on this machine: `npm run bench`, or a part of it; `--help` says how.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Arguments, parseArguments, USAGE } from './arguments.ts';
import { document, type Results, table, toJson } from './document.ts';
import { machine } from './machine.ts';
import { merged } from './merge.ts';
import type { Row } from './row.ts';
import { contestants, Runs } from './runs.ts';
import { SCENARIOS } from './scenarios/index.ts';
import { RunningServices } from './services/index.ts';
import { SYSTEMS } from './systems/index.ts';

const ROOT = join(import.meta.dirname, '..');
const log = (line: string): void => void process.stderr.write(`${line}\n`);

function readArguments(): Arguments {
  const known = { scenarios: SCENARIOS.map(({ name }) => name), systems: SYSTEMS.map(({ name }) => name) };
  try {
    const read = parseArguments(process.argv.slice(2), known);
    if (read !== undefined) return read;
    console.log(`${USAGE}\n\nScenarios: ${known.scenarios.join(', ')}\nSystems: ${known.systems.join(', ')}`);
    process.exit(0);
  } catch (error) {
    log(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}

async function bench(args: Arguments): Promise<void> {
  const field = contestants(args.systems, log);
  const services = new RunningServices();
  const runs = new Runs(services, log);
  endOnSignals(runs, services);
  try {
    await services.start(field.map(({ variant }) => variant.service), log); // prettier-ignore
    const rows = await runs.measure(field, args);
    if (runs.isInterrupted) return; // the signal's listener ends the process
    const servers = field.map(({ variant }) => services.get(variant.service).version);
    await services.stop();
    give(rows, args, servers);
  } finally {
    await services.stop();
  }
  for (const one of runs.failed) log(`no figure: ${one}`);
  if (runs.failed.length > 0) process.exitCode = 1;
}

/** Ctrl-C: what runs is ended and everything is removed. */
function endOnSignals(runs: Runs, services: RunningServices): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // prettier-ignore
    process.once(signal, () => {
      log(`${signal}: stopping the servers`);
      void runs.interrupt().then(() => services.stop()).finally(() => process.exit(code)); // prettier-ignore
    });
  }
}

function give(rows: readonly Row[], args: Arguments, servers: readonly string[]): void {
  const cells = rows.map((row) => [row.scenario, row.system, row.durability, row.metric, String(row.value), row.unit]);
  console.log(table(['scenario', 'system', 'durability', 'metric', 'value', 'unit'], cells).join('\n'));
  const json = `[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]\n`;
  if (args.json === undefined) console.log(json);
  else writeFileSync(args.json, json);
  if (args.write) write(rows, args, servers);
}

function write(rows: readonly Row[], { runs, scale, only }: Arguments, servers: readonly string[]): void {
  const scenarios = Object.fromEntries(SCENARIOS.map(({ name, what }) => [name, what]));
  const now = { machine: machine(servers), runs, scale, scenarios };
  const file = join(ROOT, 'bench', 'results.json');
  const isPart = only.length < SCENARIOS.length;
  const results: Results = isPart ? merged(JSON.parse(readFileSync(file, 'utf8')) as Results, rows, now) : { ...now, apart: {}, rows }; // prettier-ignore
  writeFileSync(file, toJson(results));
  writeFileSync(join(ROOT, 'docs', 'benchmarks.md'), document(results));
  log('written: docs/benchmarks.md, bench/results.json');
}

await bench(readArguments());
