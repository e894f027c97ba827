// What `npm start` and `npm test` share: tools, packages, built libs. Runs before node_modules exists: Node's built-ins only, Node 20.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ensureMachine } from './setup-machine.mjs';

export const ROOT = join(import.meta.dirname, '..');
/** The project's own Node (24), whatever the machine has. */
export const NODE = join(ROOT, 'node_modules', '.bin', 'node');

const PROGRESS_MS = 2_000;
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
const TAIL_LINES = 15;

/**
 * Makes the machine, the packages and the build ready; each step does nothing where nothing has changed.
 * @param {{ embedded: boolean, log?: (text: string) => void }} options `embedded`: an embedded Kafka will be started
 * @throws {Error} that says what to do
 */
export async function prepare({ embedded, log = console.log }) {
  const needs = embedded ? ['java', ...(hasJars() ? [] : ['maven'])] : [];
  await ensureMachine({ needs, log });
  if (!isInstalled()) await install(log);
  await build(log);
}

/** A message for people instead of a stack trace; then the end. */
export function fail(error) {
  process.stderr.write(`\n${error.message}\n`);
  process.exitCode = 1;
}

/** Maven is for the first time only: after it the jars are in the cache (libs/embedded/src/layout.ts). */
function hasJars() {
  const cache = process.env.SUNBEON_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'sunbeon');
  return existsSync(cache) && readdirSync(cache).some((name) => existsSync(join(cache, name, 'complete')));
}

/**
 * npm writes the list of what it has installed last of all, so a run that was killed leaves none, or an old one. Packages of other
 * platforms are not in it.
 */
function isInstalled() {
  if (!existsSync(INSTALLED) || !existsSync(NODE)) return false;
  const [wanted, got] = [join(ROOT, 'package-lock.json'), INSTALLED].map(
    (file) => JSON.parse(readFileSync(file, 'utf8')).packages,
  );
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return path in got ? got[path].version === version : optional === true;
  });
}

async function install(log) {
  rmSync(INSTALLED, { force: true }); // a kill while npm removes the old packages must not look like a finished install
  // Not with the Node that npm is about to remove.
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.endsWith(join('node_modules', '.bin')));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, output } = await run('npm', args, { label: 'installing packages with npm', log, env });
  if (code === 127) throw new Error('npm is missing. It comes with Node: https://nodejs.org');
  if (code !== 0) throw new Error(`npm ci failed (exit code ${code}):\n${tail(output)}\n${adviceFor(output)}`);
  if (existsSync(NODE)) return;
  throw new Error(
    'npm has installed the packages but no Node 24: install scripts are switched off.\n' +
      'Run "npm config set ignore-scripts false" (or "npm rebuild node --ignore-scripts=false" once) and start again.',
  );
}

function adviceFor(output) {
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|network/i.test(output)) {
    return 'The package registry did not answer. Check the network (or the proxy and registry in your npm settings) and run again.';
  }
  if (/ENOSPC/.test(output)) return 'The disk is full: free about 1 GB and run again.';
  if (/EUSAGE/.test(output))
    return 'package.json and package-lock.json do not agree: run "npm install" and commit both.';
  return 'Mend what npm says above and run again.';
}

async function build(log) {
  forgetMissingOutput();
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const { code, output } = await run(NODE, [tsc, '-b', '--pretty', 'false'], { label: 'building', log });
  if (code !== 0) throw new Error(`The build failed (tsc -b):\n${output.trimEnd()}`);
}

/** tsc believes its notes, not its eyes: where somebody has removed `dist`, the notes go too. */
function forgetMissingOutput() {
  const config = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  for (const { path } of config.references) {
    if (!existsSync(join(ROOT, path, 'dist'))) rmSync(join(ROOT, path, 'tsconfig.tsbuildinfo'), { force: true });
  }
}

/**
 * The command in a process group of its own, with a watcher that reads a pipe held by us alone: when we end in any way, `kill -9`
 * included, it ends the group. An npm that went on by itself would be in the way of the next run.
 */
const GUARD =
  '( trap "" HUP INT TERM; cat <&3 >/dev/null; kill -KILL -$$ ) >/dev/null 2>&1 </dev/null & exec "$@" 3<&-';

/** Runs a command to its end with its output kept; tells every two seconds that it is still at it. */
function run(command, args, { label, log, env = process.env }) {
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 1_000);
  const timer = setInterval(() => log(`${label} … ${seconds()} s`), PROGRESS_MS);
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe'];
    const child = spawn('sh', ['-c', GUARD, 'sh', command, ...args], { cwd: ROOT, env, stdio, detached: true });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('exit', () => child.stdio[3].destroy()); // the watcher ends what the command has left behind
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8') }));
  }).finally(() => clearInterval(timer));
}

function tail(text) {
  return text.trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
}
