import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Versions that are fetched; they fit Java 17 and each other. */
export const VERSIONS = { kafka: '4.3.1', scala: '2.13', log4j: '2.25.2', registry: '2.6.13.Final' } as const;

/** Name of the cache's sub folder and content of its `complete` marker: another version gets another folder. */
export const BUNDLE = `kafka-${VERSIONS.kafka}_registry-${VERSIONS.registry}`;

/** A Java that is new enough. `build` is its full version, for example `17.0.15+6-Debian-1deb12u1`. */
export interface Java {
  path: string;
  major: number;
  build: string;
}

/** What the services are started from: the result of `ensureJars`. All paths are absolute. */
export interface Jars {
  java: Java;
  kafkaDir: string;
  registryDir: string;
  /** Class-data archives (AppCDS) that make the starts faster; absent where one could not be made. */
  archives: { kafka?: string; registry?: string };
}

/** Called with one line of text whenever something takes over two seconds. */
export type OnProgress = (text: string) => void;

/** The folder shared by all clones of a user: `SUNBEON_CACHE`, else `$XDG_CACHE_HOME/sunbeon`, else `~/.cache/sunbeon`. */
export function cacheRoot(env: NodeJS.ProcessEnv = process.env): string {
  if (env['SUNBEON_CACHE']) return resolve(env['SUNBEON_CACHE']);
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sunbeon');
}
