import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from '@jest/globals';
import { type Contract, isContract } from '@sunbeon/core';
import type { EventPublisher, Tasks } from '@sunbeon/nest';
import { startTestApp, testCluster, type TestAppOptions } from '@sunbeon/testing';
import ts from 'typescript';
import { ROOT } from '../house/repository.js';
import { type Block, normal } from './blocks.js';

/** In here imports of packages find the repository's. */
const CACHE = join(ROOT, 'node_modules', '.cache', 'sunbeon-docs');

/**
 * Type-checks the blocks of a page against the sources of the libs, and loads each as a module.
 * A block that imports `@sunbeon/contracts` gets the page's block `file=contracts`, if there is one.
 */
async function loadBlocks(page: string, blocks: readonly Block[]): Promise<Record<string, unknown>[]> {
  const folder = folderOf(page);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const own = blocks.some(({ file }) => file === 'contracts');
  const adapt = (code: string): string =>
    (own ? code.replaceAll("'@sunbeon/contracts'", "'./contracts.js'") : code).replaceAll(
      /'(\.\/.*)\.js'/g,
      "'$1.mjs'",
    );
  const files = blocks.map(({ file, code }) => {
    const path = join(folder, `${file}.mts`);
    writeFileSync(path, adapt(code));
    return path;
  });
  const program = ts.createProgram(files, options());
  const host = { getCanonicalFileName: String, getCurrentDirectory: () => ROOT, getNewLine: () => '\n' };
  expect(ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host)).toBe('');
  const run = files.filter((_, index) => blocks[index]!.run);
  for (const file of run) program.emit(program.getSourceFile(file));
  const urls = run.map((file) => pathToFileURL(file.replace(/mts$/, 'mjs')).href);
  return Promise.all(urls.map((url) => import(url) as Promise<Record<string, unknown>>));
}

const folderOf = (page: string): string => join(CACHE, page.replaceAll(/\W+/g, '-'));

/**
 * Runs what the blocks export: contracts and handler classes make an app on the run's Kafka, functions are called with its
 * `(tasks, events)`. What a function gives has to be what the `// → …` below it says.
 */
export async function runBlocks(page: string, blocks: readonly Block[]): Promise<void> {
  const cluster = testCluster();
  // For blocks that read their environment, as an app does.
  process.env['KAFKA_BROKERS'] = cluster.brokers.join(',');
  process.env['SCHEMA_REGISTRY_URL'] = cluster.registryUrl;
  process.env['SUNBEON_TOPIC_PREFIX'] = cluster.prefix;
  const modules = await loadBlocks(page, blocks);
  const exported = modules.flatMap((module) => Object.values(module));
  const contracts = [...new Set(exported.filter(isContract))] as Contract[];
  const classes = exported.filter((value) => /^class\b/.test(String(value))) as (new () => object)[];
  const threads = threadsOf(page, blocks);
  await using app = await startTestApp({ cluster, contracts, handlers: [...new Set(classes)], ...threads });
  for (const [index, { code, at }] of blocks.filter(({ run }) => run).entries()) {
    const names = [...code.matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)].map(([, name]) => name!);
    const functions = names.map((name) => modules[index]![name]).filter((value) => typeof value === 'function');
    const said = [...code.matchAll(/^\/\/ → (.*)$/gm)].map(([, value]) => normal(value!));
    const given: string[] = [];
    for (const call of functions) given.push(inspect(await (call as Sends)(app.tasks, app.publisher)));
    expect([at, ...given]).toEqual([at, ...said]);
  }
}

/** The page's block `file=threads` is the module that threads load, as it was compiled. */
function threadsOf(page: string, blocks: readonly Block[]): Pick<TestAppOptions, 'threads'> {
  if (!blocks.some(({ file }) => file === 'threads')) return {};
  return { threads: { module: pathToFileURL(join(folderOf(page), 'threads.mjs')), export: 'ThreadsModule', size: 1 } };
}

type Sends = (tasks: Tasks, events: EventPublisher) => unknown;

/** As a person would write it, but for the spaces: single quotes, bare keys. */
function inspect(value: unknown): string {
  return normal(
    JSON.stringify(value)
      .replaceAll(/"(\w+)":/g, '$1:')
      .replaceAll('"', "'"),
  );
}

function options(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.spec.json'), (file) => ts.sys.readFile(file));
  const parsed = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const { rootDir: _rootDir, tsBuildInfoFile: _info, ...kept } = parsed.options;
  return { ...kept, noEmit: false, incremental: false, allowJs: false, noUnusedLocals: false, allowImportingTsExtensions: false }; // prettier-ignore
}
