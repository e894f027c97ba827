import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './repository.js';

/** A rule that never fires is no rule: each is shown something it must refuse, in a file that is there. */
// prettier-ignore
const REFUSED: readonly (readonly [what: string, file: string, source: string, reason: string])[] = [
  ['core imports a built-in',         'libs/core/src/decide.ts',     "import { readFileSync } from 'node:fs';",           'core imports nothing but itself'],
  ['core imports a library',          'libs/core/src/decide.ts',     "import { z } from 'zod';",                          'core imports nothing but itself'],
  ['a sibling imports a sibling',     'libs/kafka/src/settle.ts',    "import { avroCodec } from '@sunbeon/schema';",      'Siblings never import each other'],
  ['a sibling, deep',                 'libs/kafka/src/settle.ts',    "import { avroCodec } from '@sunbeon/schema/x';",    'Siblings never import each other'],
  ['another room by path',            'libs/kafka/src/settle.ts',    "import { x } from '../../schema/src/x.js';",        'by its package name'],
  ['kafkajs outside the driver',      'libs/kafka/src/settle.ts',    "import { Kafka } from 'kafkajs';",                  'know kafkajs'],
  ['kafkajs in a spec of core',       'libs/core/src/run.spec.ts',   "import { Kafka } from 'kafkajs';",                  'know kafkajs'],
  ['kafkajs’s types in an app',       'apps/cli/src/main.ts',        "import type { Kafka } from 'kafkajs';",             'know kafkajs'],
  ['production imports testing',      'apps/producer/src/main.ts',   "import { x } from '@sunbeon/testing';",             'Nothing in production imports testing'],
  ['the CLI imports testing',         'apps/cli/src/main.ts',        "import { x } from '@sunbeon/testing';",             'Nothing in production imports testing'],
  ['a service starts a Kafka',        'apps/producer/src/main.ts',   "import { x } from '@sunbeon/embedded';",            'Only the CLI, testing and bench'],
  ['an app imports an app',           'apps/producer/src/main.ts',   "import { x } from '@sunbeon/consumer';",            'Apps are never imported'],
  ['contracts import more than core', 'libs/contracts/src/index.ts', "import { x } from '@sunbeon/nest';",                'core is all that may come'],
  ['export *',                        'libs/core/src/index.ts',      "export * from './run.js';",                         'Write the names out'],
  ['module-level let',                'libs/core/src/decide.ts',     'let n = 0; export const next = () => n++;',         'Module state'],
  ['module-level exported let',       'libs/core/src/decide.ts',     'export let n = 0;',                                 'Module state'],
  ['module-level cache',              'libs/core/src/decide.ts',     'export const f = () => seen; const seen = new Map();', 'there to be filled'],
  ['an empty catch',                  'libs/core/src/decide.ts',     'export const f = () => { try { g(); } catch { /* x */ } }; declare function g(): void;', 'An empty catch'],
  ['console in a lib',                'libs/core/src/decide.ts',     "console.error('x');",                               'Unexpected console'],
  ['a log call in a lib',             'libs/kafka/src/settle.ts',    "export class A { logger = { warn(_m: string) {} }; f() { this.logger.warn('x'); } }", 'Libs do not log'],
  ['stdout in a lib',                 'libs/kafka/src/settle.ts',    "process.stdout.write('x');",                        'do not write to the terminal'],
  ['sleep in a spec',                 'libs/core/src/run.spec.ts',   "await new Promise((r) => setTimeout(r, 5));",       'Tests do not sleep'],
  ['timers in a spec',                'libs/core/src/run.spec.ts',   "import { setTimeout as s } from 'node:timers/promises'; await s(1);", 'Tests do not sleep'],
  ['a focused test',                  'libs/core/src/run.spec.ts',   "import { test } from '@jest/globals'; test.only('x', () => undefined);", 'focused or skipped'],
  ['a skipped table',                 'libs/core/src/run.spec.ts',   "import { describe } from '@jest/globals'; describe.skip.each([1])('x', () => undefined);", 'focused or skipped'],
  ['four parameters',                 'libs/core/src/decide.ts',     'export const f = (a: 1, b: 1, c: 1, d: 1) => [a, b, c, d];', 'too many parameters'],
  ['four, in a constructor',          'libs/core/src/decide.ts',     'export class A { constructor(readonly a: 1, readonly b: 1, readonly c: 1, readonly d: 1) {} }', 'too many parameters'],
  ['a function of 61 lines',          'libs/core/src/decide.ts',     `export function f() {\n${'  f();\n'.repeat(60)}}`, 'too many lines'],
  ['a file of 301 lines',             'libs/core/src/decide.ts',     'export {};\n'.repeat(301),                          'too many lines'],
  ['a promise that nobody awaits',    'libs/core/src/decide.ts',     'Promise.resolve(1);',                               'Promises must be awaited'],
];

const LET_PASS: readonly (readonly [what: string, file: string, source: string])[] = [
  ['the driver on kafkajs', 'libs/kafka/src/driver.ts', "import { Kafka } from 'kafkajs'; new Kafka({ brokers: [] });"],
  ['core on node:crypto', 'libs/core/src/ids.ts', "import { createHash } from 'node:crypto'; createHash('md5');"],
  [
    'a sibling on core',
    'libs/kafka/src/settle.ts',
    "import { SunbeonError } from '@sunbeon/core'; throw new SunbeonError('NOT_RUNNING', 'x');",
  ],
  [
    'the CLI on embedded',
    'apps/cli/src/main.ts',
    "import { startServices } from '@sunbeon/embedded'; startServices.toString();",
  ],
];

/** Lints all sources in a process of its own: inside of Jest's module loader the parser and the types do not always agree. */
const PROGRAM = `
  import { ESLint } from 'eslint';
  const eslint = new ESLint();
  const found = [];
  for (const [filePath, source] of JSON.parse(process.argv[1])) {
    const [result] = await eslint.lintText(source, { filePath });
    found.push(result.messages.map(({ message }) => message));
  }
  process.stdout.write(JSON.stringify(found));
`;

async function lint(sources: readonly (readonly [file: string, source: string])[]): Promise<string[][]> {
  const given = JSON.stringify(sources.map(([file, source]) => [join(ROOT, file), source]));
  const args = ['--input-type=module', '--eval', PROGRAM, given];
  // Under CI=true the parser takes it that no file changes while it runs, and mixes up its types with our made-up sources.
  const env = { ...process.env, NODE_OPTIONS: '', TSESTREE_SINGLE_RUN: 'false' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  return JSON.parse(stdout) as string[][];
}

describe('lint refuses', () => {
  const reasons = new Map<string, string[]>();
  const keyOf = (file: string, source: string): string => `${file} ${source}`;

  beforeAll(async () => {
    const sources = [...REFUSED, ...LET_PASS].map(([, file, source]) => [file, source] as const);
    const found = await lint(sources);
    for (const [index, [file, source]] of sources.entries()) reasons.set(keyOf(file, source), found[index]!);
  }, 120_000);

  test.each(REFUSED)('%s', (_what, file, source, reason) => {
    expect(reasons.get(keyOf(file, source))).toEqual(expect.arrayContaining([expect.stringContaining(reason)]));
  });

  test.each(LET_PASS)('but lets %s', (_what, file, source) => {
    expect(reasons.get(keyOf(file, source))).toEqual([]);
  });
});
