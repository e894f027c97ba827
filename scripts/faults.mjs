// `npm run test:faults -- --minutes 30 --seed 7 [--only kill-loop,freeze]`: the long form of the scenarios in test/faults, one after the
// other and again from the beginning, until the minutes are over. A line for each; ends with 1 at the first damage and keeps its history.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, NODE, prepare, ROOT } from './prepare.mjs';

const FOLDER = join(ROOT, 'test', 'faults');
const KILL_AFTER_MS = 15_000;
/** Each scenario starts its own Kafka: that of the other scenarios is not needed. */
const NO_SERVICES = { SUNBEON_TEST_BROKERS: '127.0.0.1:1', SUNBEON_TEST_REGISTRY: 'http://127.0.0.1:1' };

const running = new Set();
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    isInterrupted = true;
    for (const child of running) end(child);
  });
}

try {
  const options = readOptions();
  if (options === undefined) process.stdout.write(usage());
  else await run(options);
} catch (error) {
  fail(error);
}

async function run({ minutes, seed, scenarios }) {
  await prepare({ embedded: true });
  const dir = join(ROOT, '.sunbeon', 'faults', new Date().toISOString().replace(/[:.]/g, '-'));
  mkdirSync(dir, { recursive: true });
  process.exitCode = await loop({ untilMs: Date.now() + minutes * 60_000, seed, scenarios, dir });
}

function usage() {
  return `npm run test:faults -- [--minutes 30] [--seed N] [--only <scenarios, separated by commas>]\n\nScenarios: ${all().map(({ name }) => name).join(', ')}\nWhat they do: docs/internals/faults.md\n`; // prettier-ignore
}

/** Every scenario, by its short name. */
function all() {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.spec.ts')).map((file) => ({ file, name: nameOf(file) })); // prettier-ignore
}

/** @returns undefined when help is asked for. @throws {Error} that says what can be given */
function readOptions() {
  const text = { type: 'string' };
  const { values } = parseArgs({ options: { minutes: text, seed: text, only: text, help: { type: 'boolean' } } });
  if (values.help) return undefined;
  const minutes = Number(values.minutes ?? 30);
  const seed = Number(values.seed ?? 1 + Math.floor(Math.random() * 999_999));
  if (!(minutes > 0) || !(Number.isSafeInteger(seed) && seed > 0))
    throw new Error('--minutes and --seed are numbers above 0.');
  const known = all();
  const only = values.only?.split(',') ?? known.map(({ name }) => name);
  const unknown = only.filter((name) => !known.some((one) => one.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no ${unknown.join(', ')}; there are ${known.map(({ name }) => name).join(', ')}.`);
  return { minutes, seed, scenarios: known.filter(({ name }) => only.includes(name)) };
}

/** What a spec calls itself in its history. */
function nameOf(file) {
  return /name: '([\w-]+)'/.exec(readFileSync(join(FOLDER, file), 'utf8'))?.[1] ?? basename(file, '.spec.ts');
}

/** Every run has a seed of its own, so that the second round is another one. @returns the exit code */
async function loop({ untilMs, seed, scenarios, dir }) {
  process.stdout.write(`${scenarios.length} scenarios, seed ${seed}, histories of damage in ${dir}\n`);
  for (let round = 0; ; round++) {
    for (const { file, name } of scenarios) {
      if (Date.now() >= untilMs) return 0;
      const rows = join(dir, `${name}-${seed + round}.json`);
      const log = join(dir, `${name}-${seed + round}.log`);
      const code = await runJest(file, {
        SUNBEON_FAULTS_SEED: String(seed + round),
        SUNBEON_FAULTS_ROWS: rows,
        dir,
        log,
      });
      if (isInterrupted) return 130;
      process.stdout.write(`${lineOf(name, seed + round, rows)}\n`);
      if (code !== 0) {
        process.stdout.write(
          `${readFileSync(log, 'utf8')}\nDamage: ${name} with seed ${seed + round}. History and log are in ${dir}\n`,
        );
        return 1;
      }
    }
  }
}

function lineOf(name, seed, rows) {
  if (!existsSync(rows)) return `${name} seed=${seed} has no counts: it did not come to its check`;
  const counts = JSON.parse(readFileSync(rows, 'utf8').trim().split('\n').at(-1));
  return Object.entries(counts).map(([key, value]) => `${key}=${value}`).join(' '); // prettier-ignore
}

function runJest(file, { dir, log, ...more }) {
  const env = { ...process.env, ...NO_SERVICES, SUNBEON_FAULTS_FORM: 'long', SUNBEON_FAULTS_DIR: dir, ...more };
  const jest = join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js');
  const args = [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    jest,
    '--selectProjects',
    'scenarios',
  ];
  const child = spawn(NODE, [...args, '-i', '--', join('test', 'faults', file)], { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  running.add(child);
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve) => {
    child.once('close', (code) => {
      running.delete(child);
      writeFileSync(log, Buffer.concat(chunks));
      resolve(code ?? 1);
    });
  });
}

function end(child) {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
}
