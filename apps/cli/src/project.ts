import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SunbeonError } from '@sunbeon/core';
import { refuseUnknownOptions } from '@sunbeon/core/options';

/** An app that `sunbeon dev` runs. */
export interface AppSettings {
  readonly name: string;
  /** A JavaScript file, relative to `sunbeon.json`. */
  readonly run: string;
  /** Of the first replica; the next ones get the next numbers. 0 = free ones. */
  readonly port?: number;
  readonly replicas?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** `sunbeon.json`: what a folder's deployment consists of. */
export interface Project {
  readonly root: string;
  /** The module whose exports are the contracts, relative to the root; undefined: `@sunbeon/contracts`. */
  readonly contracts: string | undefined;
  readonly apps: readonly AppSettings[];
  readonly demo: boolean;
}

/**
 * The project that `start` lies in. Without a `sunbeon.json` there is nothing to run.
 * @throws SunbeonError `OPTION_INVALID`, `OPTION_UNKNOWN`
 */
export function readProject(start: string): Project {
  const root = findUp(start, 'sunbeon.json');
  if (root === undefined) return { root: start, contracts: undefined, apps: [], demo: false };
  const file = join(root, 'sunbeon.json');
  const settings = parse(file);
  refuseUnknownOptions(settings, ['contracts', 'apps', 'demo'], file);
  for (const app of settings.apps ?? [])
    refuseUnknownOptions(app, ['name', 'run', 'port', 'replicas', 'env'], `${file}: apps`);
  return { root, contracts: settings.contracts, apps: settings.apps ?? [], demo: settings.demo ?? false };
}

function parse(file: string): Partial<Project> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<Project>;
  } catch (cause) {
    throw new SunbeonError('OPTION_INVALID', `${file} is no JSON: ${(cause as Error).message}.`, { cause });
  }
}

/** The nearest folder, from `start` upwards, that holds `name`. */
export function findUp(start: string, name: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}
