// What the machine must have before `npm start` and `npm test` work. Runs before node_modules exists: Node's built-ins only.
import { spawn } from 'node:child_process';

const OLDEST_JAVA = 17;
const PROGRESS_MS = 2_000;

/**
 * Tools by name: how to see that one is there, and its package for each package manager. Debian's list is in order of
 * preference, because a release carries only some versions of Java. A name that is not here is a Debian package.
 */
const TOOLS = {
  java: {
    isPresent: hasJava,
    debian: ['openjdk-17-jre-headless', 'openjdk-21-jre-headless', 'openjdk-25-jre-headless'],
    fedora: 'java-21-openjdk-headless',
    brew: 'openjdk@17',
  },
  maven: { isPresent: () => succeeds('mvn', ['-version']), debian: ['maven'], fedora: 'maven', brew: 'maven' },
};

/**
 * Makes sure that the tools are there. As root on a Debian it installs what is missing, elsewhere it says what to install.
 * @param {{ needs: string[], log?: (text: string) => void }} options `needs`: names of TOOLS or of Debian packages
 * @throws {Error} naming the missing packages and the command for Debian, Fedora and macOS
 */
export async function ensureMachine({ needs, log = console.log }) {
  const known = needs.filter((name) => name in TOOLS);
  const missing = [];
  for (const name of known) if (!(await TOOLS[name].isPresent())) missing.push(name);
  const extra = needs.filter((name) => !(name in TOOLS));
  if (missing.length > 0) await install({ packages: [...missing, ...extra], log });
  else if (extra.length > 0) await ensureDebianPackages(extra, log);
  for (const name of missing) {
    if (!(await TOOLS[name].isPresent()))
      throw new Error(`${name} was installed but still does not run. ${advice([name])}`);
  }
}

/**
 * Installs the Debian packages that are not there yet, for example optional tools of the tests.
 * @param {string[]} packages
 * @param {(text: string) => void} log
 * @throws {Error} with the command to run, where this process may not install
 */
export async function ensureDebianPackages(packages, log = console.log) {
  const missing = [];
  for (const name of packages) if (!(await isInstalled(name))) missing.push(name);
  if (missing.length > 0) await install({ packages: missing, log });
}

/** Whether the output of `java -version` names a Java that is new enough. */
export function isJavaNewEnough(output) {
  const version = /version "(?:1\.)?(\d+)/.exec(output);
  return version !== null && Number(version[1]) >= OLDEST_JAVA;
}

/** What a person has to run to get these. */
export function advice(names) {
  const of = (kind) => names.map((name) => [TOOLS[name]?.[kind] ?? name].flat()[0]).join(' ');
  return [
    'Install it and run again:',
    `  Debian, Ubuntu: apt-get install ${of('debian')}`,
    `  Fedora:         dnf install ${of('fedora')}`,
    `  macOS:          brew install ${of('brew')}`,
  ].join('\n');
}

async function install({ packages, log }) {
  const mayInstall = process.getuid?.() === 0 && (await succeeds('apt-get', ['--version']));
  if (!mayInstall) throw new Error(`Missing on this machine: ${packages.join(', ')}. ${advice(packages)}`);
  await apt({ args: ['update', '-q'], label: 'reading the package lists', packages, log });
  const names = [];
  for (const name of packages) names.push(await debianName(name));
  const args = ['install', '-y', '-q', '--no-install-recommends', ...names];
  await apt({ args, label: `installing ${names.join(' ')}`, packages, log });
}

async function apt({ args, label, packages, log }) {
  // Another apt may hold its lock for a while, for example right after the machine was switched on.
  const run = execute('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], { DEBIAN_FRONTEND: 'noninteractive' });
  const startedAt = performance.now();
  const elapsed = () => Math.round((performance.now() - startedAt) / 1_000);
  const timer = setInterval(() => log(`${label} … ${elapsed()} s`), PROGRESS_MS);
  const { code, output } = await run.finally(() => clearInterval(timer));
  if (code === 0) return;
  const tail = output.trimEnd().split('\n').slice(-8).join('\n');
  throw new Error(`apt-get ${args[0]} failed (exit code ${code}):\n${tail}\n${advice(packages)}`);
}

/** The first candidate that this release has. */
async function debianName(name) {
  const candidates = TOOLS[name]?.debian ?? [name];
  for (const candidate of candidates) {
    const { output } = await execute('apt-cache', ['policy', candidate]);
    if (/Candidate: (?!\(none\))/.test(output)) return candidate;
  }
  return candidates[0];
}

async function isInstalled(name) {
  const { code, output } = await execute('dpkg-query', ['-W', '-f=${Status}', name]);
  return code === 0 && output.includes('install ok installed');
}

async function hasJava() {
  const homes = process.env.JAVA_HOME ? [`${process.env.JAVA_HOME}/bin/java`] : [];
  for (const path of [...homes, 'java']) {
    if (isJavaNewEnough((await execute(path, ['-version'])).output)) return true;
  }
  return false;
}

async function succeeds(command, args) {
  return (await execute(command, args)).code === 0;
}

/** Runs a command to its end; one that does not exist has the exit code 127, as in a shell. */
function execute(command, args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env, LC_ALL: 'C' },
    });
    const chunks = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
    child.once('error', (error) => resolve({ code: 127, output: error.message }));
    child.once('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }));
  });
}
