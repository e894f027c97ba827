import { describe, expect, test } from '@jest/globals';
import { basename } from 'node:path';
import { files, read, rooms, SHIPPED } from './repository.js';

const lines = (file: string): number => read(file).split('\n').length - 1;

/** The names that an index gives away. */
function exportsOf(source: string): string[] {
  const lists = [...source.matchAll(/^export\s+(?:type\s+)?\{([^}]*)\}/gm)].flatMap(([, list]) => list!.split(','));
  const named = lists.map((name) => name.replace(/^.*\sas\s/, '').replace(/\btype\s/, '').trim()); // prettier-ignore
  const declared = [...source.matchAll(/^export\s+(?:const|function|class|interface|type|enum)\s+(\w+)/gm)].map(
    ([, name]) => name!,
  );
  return [...named, ...declared].filter((name) => name !== '');
}

describe('an index', () => {
  const libs = rooms().filter((room) => room.startsWith('libs/'));

  test.each(libs)('of %s is there, is written by hand and has 25 names at most, each once', (lib) => {
    const source = read(`${lib}/src/index.ts`);
    const names = exportsOf(source);
    expect(source).not.toMatch(/export\s*\*/);
    expect(names).not.toEqual([]);
    expect(names.length).toBeLessThanOrEqual(25);
    expect(names).toEqual([...new Set(names)]);
  });

  test('is read rightly: the names of three ways to export', () => {
    expect(
      exportsOf("export { a, type B } from './x.js';\nexport type { C as D } from './y.js';\nexport const e = 1;\n"),
    ).toEqual(['a', 'B', 'D', 'e']);
  });
});

describe('a source file', () => {
  test('has 300 lines at most', () => {
    const long = files(/^(libs|apps|test|scripts|bench)\/.*\.(ts|mjs)$/).filter((file) => lines(file) > 300);
    expect(long).toEqual([]);
  });

  test('is no drawer: its name says what is in it', () => {
    const drawers =
      /^(utils?|common|helpers?|misc|shared|types|lib)\.(ts|mjs)$|\/(utils?|common|helpers?|misc|shared)\//;
    expect(
      files(/^(libs|apps|test|scripts|bench)\//).filter((file) => drawers.test(basename(file)) || drawers.test(file)),
    ).toEqual([]);
  });

  test('has a name in kebab-case, with its role after a dot', () => {
    expect(files(SHIPPED).filter((file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.ts$/.test(basename(file)))).toEqual(
      [],
    );
  });

  test('leaves nothing to do', () => {
    const left = files(/^(libs|apps|scripts|bench)\/.*\.(ts|mjs)$/).filter((file) =>
      /\b(TODO|FIXME|XXX|HACK)\b/.test(read(file)),
    );
    expect(left).toEqual([]);
  });
});

test('no file names a path of somebody’s machine', () => {
  const text = files(/\.(ts|mjs|js|json|md|ya?ml|sh|tpl|toml|html|css)$|^[^.]*$|(^|\/)\.[a-z]+$/).filter(
    (file) => file !== 'test/house/sources.spec.ts',
  );
  const machine = /(?<![\w.~-])\/(work|root|home\/\w+|Users\/\w+)\//;
  const found = text.filter((file) => machine.test(read(file)));
  expect(found).toEqual([]);
});
