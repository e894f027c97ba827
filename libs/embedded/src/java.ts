import { join } from 'node:path';
import { EmbeddedError } from './errors.js';
import type { Java } from './layout.js';
import { findOnPath, isExecutable, type Run } from './run.js';

/** Kafka 4 brokers need Java 17 (https://kafka.apache.org/43/operations/java-version/). */
export const OLDEST_JAVA = 17;

/** Reads what `java -version` prints; `undefined` when it is no version (macOS ships a stub that only says so). */
export function parseJavaVersion(output: string): { major: number; build: string } | undefined {
  const version = /version "(?:1\.)?(\d+)([^"]*)"/.exec(output);
  if (version === null) return undefined;
  const runtime = /\(build ([^),\s]+)/.exec(output);
  return { major: Number(version[1]), build: runtime?.[1] ?? `${version[1]}${version[2]}` };
}

/** Where Java may be, best first: `JAVA_HOME`, then `PATH`. */
export function javaCandidates(env: NodeJS.ProcessEnv = process.env): string[] {
  const home = env['JAVA_HOME'] ? [join(env['JAVA_HOME'], 'bin', 'java')].filter(isExecutable) : [];
  const onPath = findOnPath('java', env);
  return onPath === undefined ? home : [...home, onPath];
}

/**
 * The first Java that is new enough.
 * @throws EmbeddedError EMBEDDED_NO_JAVA, saying which ones were found and too old
 */
export async function findJava(run: Run, candidates: readonly string[] = javaCandidates()): Promise<Java> {
  const tooOld: string[] = [];
  for (const path of candidates) {
    const found = parseJavaVersion((await run(path, ['-version'])).output);
    if (found && found.major >= OLDEST_JAVA) return { path, ...found };
    if (found) tooOld.push(`${path} is Java ${found.build}`);
  }
  const seen = tooOld.length > 0 ? `too old: ${tooOld.join(', ')}` : 'none found through JAVA_HOME or PATH';
  throw new EmbeddedError('EMBEDDED_NO_JAVA', `The embedded Kafka needs Java ${OLDEST_JAVA} or newer; ${seen}.`);
}
