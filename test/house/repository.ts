import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/** The root of the checkout. */
export const ROOT = join(import.meta.dirname, '../..');

/** Files that git has or would take, as paths from the root, sorted. */
export function files(pattern = /./): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
  const present = listed.toString().split('\0').filter((file) => file !== '' && existsSync(join(ROOT, file))); // prettier-ignore
  return [...new Set(present)].filter((file) => pattern.test(file)).sort();
}

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}

export function readJson<T>(file: string): T {
  return JSON.parse(read(file)) as T;
}

export interface Import {
  readonly from: string;
  readonly to: string;
  /** `import type`, `export type`: gone at run time. */
  readonly typeOnly: boolean;
}

const IMPORTS = [
  /^(?:import|export)\s+(type\s)?[^'"`;()]*?\sfrom\s*['"]([^'"]+)['"]/gm,
  /^import\s+()['"]([^'"]+)['"]/gm,
  /\bimport\(\s*()['"]([^'"]+)['"]/g,
  /\brequire(?:\.resolve)?\(\s*()['"]([^'"]+)['"]/g,
];

/** What a source file imports, by a few patterns: enough for a house where Prettier decides how imports look. */
export function importsOf(file: string): Import[] {
  const source = read(file).replace(/^\s*(?:\/\*\*?|\*).*$/gm, '');
  return IMPORTS.flatMap((pattern) =>
    [...source.matchAll(pattern)].map(([, type, to]) => ({
      from: file,
      to: to!,
      typeOnly: type !== undefined && type !== '',
    })),
  );
}

/** The file in the repository that an import means; undefined for packages and built-ins. */
export function resolveImport({ from, to }: Import): string | undefined {
  if (to.startsWith('.')) return relative(ROOT, join(ROOT, dirname(from), to)).replace(/\.js$/, '.ts');
  const [, room, deep] = /^@sunbeon\/([a-z]+)(?:\/([a-z-]+))?$/.exec(to) ?? [];
  return room === undefined ? undefined : `libs/${room}/src/${deep ?? 'index'}.ts`;
}

/** `libs/core`, `apps/cli`, …; undefined for what lies elsewhere. */
export function roomOf(file: string): string | undefined {
  return /^(?:libs|apps)\/[^/]+/.exec(file)?.[0];
}

/** The workspaces, as they are on disk. */
export function rooms(): string[] {
  return files(/^(libs|apps)\/[^/]+\/package\.json$/).map(dirname);
}

/** Sources that are shipped: no specs, and no fakes that specs share. */
export const SHIPPED = /^(libs|apps)\/[^/]+\/src\/(?!.*\.(?:spec|fake)\.ts$).*\.ts$/;
