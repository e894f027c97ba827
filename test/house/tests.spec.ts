import { describe, expect, test } from '@jest/globals';
import { basename, join, matchesGlob } from 'node:path';
import config from '../../jest.config.mjs';
import { files, read, ROOT } from './repository.js';

const projects = config.projects.map(({ displayName, testMatch }) => ({
  name: displayName,
  takes: (file: string): boolean =>
    testMatch.some((glob) => matchesGlob(join(ROOT, file), glob.replace('<rootDir>', ROOT))),
}));

/** Tests of a spec file, those of a table counted once. */
const testsIn = (source: string): number => [...source.matchAll(/^\s*(?:it|test)(?:\.each\b|\()/gm)].length;

describe('tests', () => {
  const specs = files(/\.(spec|test)\.[cm]?[jt]sx?$/);

  test('are each matched by exactly one project', () => {
    const taken = specs.map((file) => [
      file,
      projects.filter((project) => project.takes(file)).map(({ name }) => name),
    ]);
    expect(taken.filter(([, by]) => by!.length !== 1)).toEqual([]);
    expect(specs).toContain('test/house/tests.spec.ts');
  });

  test('have one ending, .spec.ts', () => {
    expect(specs.filter((file) => !file.endsWith('.spec.ts'))).toEqual([]);
    expect(files(/(^|\/)__tests__\//)).toEqual([]);
  });

  test('test something: no spec file is empty', () => {
    expect(specs.filter((file) => !/\b(it|test)(\.each\b|\()|Conformance\(/i.test(read(file)))).toEqual([]);
  });
});

describe('a scenario', () => {
  const scenarios = files(/^test\/(scenarios\/.*|faults\/[^/]+)\.spec\.ts$/);

  test('is named by a sentence of four words or more', () => {
    const sentence = /^[a-z0-9]+(-[a-z0-9]+){3,}\.spec\.ts$/;
    expect(scenarios.filter((file) => !sentence.test(basename(file)))).toEqual([]);
  });

  test('is one behaviour: three tests and 90 lines at most', () => {
    const long = scenarios.filter((file) => read(file).split('\n').length > 91 || testsIn(read(file)) > 3);
    expect(long).toEqual([]);
  });
});
