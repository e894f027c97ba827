// `npm test`: everything that is checked, in one run that goes on after a failure and ends in `N passed, N failed`.
// `npm test -- <pattern>` runs only the Jest tests whose path fits.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, NODE, prepare, ROOT } from './prepare.mjs';
import { ensureMachine } from './setup-machine.mjs';
import { ensurePython } from './setup-python.mjs';

/** Programs that some tests need; a user's machine may lack them, CI may not. */
const CI_PACKAGES = ['kcat', 'procps'];
/** A step that takes longer hangs. All together stay under half an hour, also on two busy cores. */
const STEP_TIMEOUT_MS = 20 * 60_000;
const KILL_AFTER_MS = 15_000;

const patterns = process.argv.slice(2);
const reports = mkdtempSync(join(tmpdir(), 'sunbeon-reports-'));
const running = new Set();
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupt(signal));

try {
  await prepare({ embedded: !process.env.SUNBEON_TEST_BROKERS });
  if (process.env.CI === 'true') {
    await ensureMachine({ needs: CI_PACKAGES });
    await ensurePython({ root: ROOT });
  }
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const step of patterns.length > 0 ? jestSteps() : [...checks(), ...jestSteps()]) {
    if (!isInterrupted) add(total, await take(step));
  }
  if (total.passed + total.failed === 0) total.failed = 1; // a pattern that fits nothing is a mistake
  process.exitCode = total.failed === 0 ? 0 : 1;
  report(total);
} catch (error) {
  fail(error);
  report({ passed: 0, failed: 1, skipped: 0 });
} finally {
  rmSync(reports, { recursive: true, force: true });
}

function checks() {
  const bin = (path, ...args) => [join(ROOT, 'node_modules', path), ...args];
  return [
    { name: 'format', args: bin('prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.') },
    { name: 'lint', args: bin('eslint/bin/eslint.js', '.') },
    { name: 'types', args: bin('typescript/bin/tsc', '-p', 'tsconfig.spec.json') },
  ];
}

function jestSteps() {
  // Scenarios mostly wait for the one broker, and are slowed down by each other: see docs/internals on testing.
  return [
    { name: 'unit', jest: ['unit'] },
    { name: 'house', jest: ['house'] },
    { name: 'scenarios', jest: ['scenarios'], more: ['--maxWorkers=2'] },
  ].map(({ name, jest, more = [] }) => ({
    name,
    file: join(reports, `${name}.json`),
    args: [
      '--experimental-vm-modules',
      '--disable-warning=ExperimentalWarning',
      join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
      ...[
        '--selectProjects',
        ...jest,
        '--reporters=default',
        `--reporters=${join(ROOT, 'scripts', 'count-reporter.mjs')}`,
      ],
      ...(patterns.length > 0 ? ['--passWithNoTests'] : []),
      ...more,
      ...(patterns.length > 0 ? ['--', ...patterns] : []),
    ],
  }));
}

/** Runs a step; without a report of its own it counts as one check. */
async function take({ name, args, file }) {
  const startedAt = performance.now();
  process.stdout.write(`\n── ${name}\n`);
  const code = await run(args, { SUNBEON_COUNTS: file ?? '' });
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  process.stdout.write(`── ${name}: ${code === 0 ? 'passed' : `failed (exit code ${code})`} in ${seconds} s\n`);
  if (file === undefined) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 0, skipped: 0 };
  // All tests passed and yet it failed: the set-up, or the teardown with what the broker has logged.
  if (code !== 0 && counts.failed === 0) counts.failed = 1;
  return counts;
}

function run(args, more) {
  const env = { ...process.env, ...more };
  return new Promise((resolve) => {
    const child = spawn(NODE, args, { cwd: ROOT, stdio: 'inherit', env });
    running.add(child);
    const timer = setTimeout(() => end(child), STEP_TIMEOUT_MS);
    const finish = (code) => {
      clearTimeout(timer);
      running.delete(child);
      resolve(code ?? 1);
    };
    child.once('error', () => finish(127));
    child.once('exit', finish);
  });
}

function end(child) {
  process.stderr.write(`This takes over ${STEP_TIMEOUT_MS / 60_000} minutes: ended.\n`);
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS).unref();
}

/** The step gets the signal (a second time where it came from the terminal) and cleans up; then there is nothing to report. */
function interrupt(signal) {
  isInterrupted = true;
  const left = [...running].map((child) => new Promise((resolve) => child.once('exit', resolve)));
  for (const child of running) child.kill(signal);
  void Promise.all(left).then(() => {
    rmSync(reports, { recursive: true, force: true });
    process.exit(signal === 'SIGINT' ? 130 : 143);
  });
}

function add(total, counts) {
  for (const key of Object.keys(total)) total[key] += counts[key];
}

function report({ passed, failed, skipped }) {
  process.stdout.write(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`);
}
