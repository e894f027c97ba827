// `npm start`: gets everything ready, then becomes the shell around `sunbeon dev`. Arguments go through: `npm start -- --once`.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fail, NODE, prepare, ROOT } from './prepare.mjs';

/** Ctrl-C comes twice, from the terminal and from npm, which passes on what it got: within this time it is one. */
const ONE_PRESS_MS = 250;

const startedMs = Date.now();
try {
  await prepare({ embedded: !process.env.KAFKA_BROKERS });
  process.exitCode = await runCli();
} catch (error) {
  fail(error);
}

/**
 * Runs the CLI in a process group of its own, so that what it hears is what is sent on here: each press of Ctrl-C once, also when
 * only npm or this process was signalled. Ends after it, with its exit code.
 */
function runCli() {
  const args = [join(ROOT, 'apps', 'cli', 'dist', 'main.js'), 'dev', ...process.argv.slice(2)];
  const env = { ...process.env, SUNBEON_STARTED_MS: String(startedMs) };
  const child = spawn(NODE, args, { cwd: ROOT, env, stdio: 'inherit', detached: true });
  passOn(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function passOn(child) {
  let lastMs = -Infinity;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const nowMs = performance.now();
      if (nowMs - lastMs < ONE_PRESS_MS) return;
      lastMs = nowMs;
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal); // a closed terminal is a request to stop in good order
    });
  }
}
