import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureArchives } from './archives.js';
import { isErrno, unlessErrno } from './errno.js';
import { EmbeddedError } from './errors.js';
import { findJava } from './java.js';
import { BUNDLE, VERSIONS, cacheRoot, type Jars, type OnProgress } from './layout.js';
import { withLock } from './lock.js';
import { renderPom } from './pom.js';
import { withProgress } from './progress.js';
import { findOnPath, runCommand, type Run } from './run.js';

const MARKER = 'complete';

/** Options of `ensureJars`. */
export interface EnsureJarsOptions {
  /** Default: `cacheRoot()`. */
  cacheDir?: string;
  onProgress?: OnProgress;
}

/**
 * Kafka and the registry, from the cache or, the first time, from Maven. Safe against a kill at any moment and against several
 * processes at once: what lies under the final name is always whole.
 * @throws EmbeddedError EMBEDDED_NO_JAVA, EMBEDDED_NO_MAVEN, EMBEDDED_DOWNLOAD_FAILED
 */
export async function ensureJars(options: EnsureJarsOptions = {}): Promise<Jars> {
  const { cacheDir = cacheRoot(), onProgress } = options;
  const java = await findJava(runCommand);
  const dir = await ensureBundle({ cacheDir, run: runCommand, onProgress, maven: findOnPath('mvn') });
  const jars = { java, kafkaDir: join(dir, 'kafka'), registryDir: join(dir, 'registry'), archives: {} };
  return { ...jars, archives: await ensureArchives(jars, join(dir, 'archives'), onProgress) };
}

/** What `ensureBundle` works with; `maven` is the path of `mvn`, if there is one. */
export interface BundleOptions {
  cacheDir: string;
  run: Run;
  maven: string | undefined;
  onProgress?: OnProgress | undefined;
}

/** The folder with the jars, fetched when it is not whole. */
export async function ensureBundle(options: BundleOptions): Promise<string> {
  const dir = join(options.cacheDir, BUNDLE);
  if (await isComplete(dir)) return dir;
  await mkdir(options.cacheDir, { recursive: true });
  const label = `fetching Kafka ${VERSIONS.kafka} and the schema registry ${VERSIONS.registry} with Maven`;
  await withProgress(label, options.onProgress, () =>
    withLock(`${dir}.lock`, async () => {
      if (!(await isComplete(dir))) await install(dir, options);
    }),
  );
  return dir;
}

/** Whether the folder was installed to the end, and for this bundle. */
export async function isComplete(dir: string): Promise<boolean> {
  const marker = await unlessErrno('ENOENT', readFile(join(dir, MARKER), 'utf8'));
  return marker?.trim() === BUNDLE;
}

async function install(dir: string, options: BundleOptions): Promise<void> {
  await removeLeftovers(options.cacheDir);
  const temp = join(options.cacheDir, `.${BUNDLE}-${randomUUID()}`);
  await mkdir(temp);
  try {
    await fetchInto(temp, options);
    await writeFile(join(temp, MARKER), `${BUNDLE}\n`);
    // Without a marker it is half of something; with one, somebody else was faster and theirs is as good.
    if (!(await isComplete(dir))) await rm(dir, { recursive: true, force: true });
    await renameUnlessTaken(temp, dir);
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
}

/** Folders of installs that were killed; whoever holds the lock may remove them. */
async function removeLeftovers(cacheDir: string): Promise<void> {
  const names = (await readdir(cacheDir)).filter((name) => name.startsWith(`.${BUNDLE}-`));
  await Promise.all(names.map((name) => rm(join(cacheDir, name), { recursive: true, force: true })));
}

async function fetchInto(temp: string, { run, maven }: BundleOptions): Promise<void> {
  if (maven === undefined) throw new EmbeddedError('EMBEDDED_NO_MAVEN', 'No `mvn` on PATH; Maven fetches Kafka.');
  await writeFile(join(temp, 'pom.xml'), renderPom());
  const { code, output } = await run(maven, ['-B', '-ntp', 'generate-resources'], { cwd: temp });
  if (code !== 0) throw downloadFailed(output);
  for (const [folder, jar] of EXPECTED) {
    const names = await unlessErrno('ENOENT', readdir(join(temp, folder)));
    if (!names?.includes(jar)) throw downloadFailed(`${jar} is missing after the download.`);
  }
}

const EXPECTED = [
  ['kafka', `kafka_${VERSIONS.scala}-${VERSIONS.kafka}.jar`],
  ['registry', `apicurio-registry-app-${VERSIONS.registry}-runner.jar`],
] as const;

function downloadFailed(output: string): EmbeddedError {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /ERROR\] \S/.test(line));
  const told = (errors.length > 0 ? errors.slice(0, 1) : lines.slice(-5)).join('\n');
  return new EmbeddedError('EMBEDDED_DOWNLOAD_FAILED', `Maven could not fetch Kafka and the registry:\n${told}`);
}

async function renameUnlessTaken(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const taken = isErrno(error, 'ENOTEMPTY') || isErrno(error, 'EEXIST');
    if (!taken || !(await isComplete(to))) throw error;
  }
}
