import { describe, expect, test } from '@jest/globals';
import { basename } from 'node:path';
import { files, importsOf, readJson, rooms, SHIPPED } from './repository.js';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly private?: boolean;
  readonly type?: string;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly engines?: { readonly node?: string };
  readonly bin?: object;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Declared and not imported, each for a reason. */
const LOADED_BY_OTHERS: Readonly<Record<string, string>> = {
  rxjs: 'peer of @nestjs/core',
  'reflect-metadata': 'peer of @nestjs/core',
  '@fastify/static': 'loaded by @nestjs/swagger for its page',
  '@sunbeon/contracts': 'the CLI loads it by name where a project names no other contracts',
};

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function imported(room: string): string[] {
  const specifiers = files(SHIPPED)
    .filter((file) => file.startsWith(`${room}/`))
    .flatMap(importsOf)
    .map(({ to }) => to);
  return [...new Set(specifiers.filter((to) => !/^(\.|node:)/.test(to)).map(packageOf))].sort();
}

describe.each(rooms())('%s', (room) => {
  const manifest = readJson<Manifest>(`${room}/package.json`);
  const { dependencies, peerDependencies, optionalDependencies } = manifest;
  const declared = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });

  test('says its licence, its version, its Node and what it exports', () => {
    const root = readJson<Manifest>('package.json');
    expect(manifest).toMatchObject({
      license: 'Apache-2.0',
      type: 'module',
      version: root.version,
      engines: { node: '>=24' },
    });
    const door = room.startsWith('libs/') ? manifest.exports?.['.'] : (manifest.private ?? manifest.bin);
    expect(door).toBeTruthy();
  });

  test('declares what it imports', () => {
    expect(imported(room).filter((name) => !declared.includes(name))).toEqual([]);
  });

  test('imports what it declares', () => {
    const used = [...imported(room), ...Object.keys(LOADED_BY_OTHERS)];
    expect(declared.filter((name) => !used.includes(name))).toEqual([]);
  });

  test('ships no spec and no fake', () => {
    const { exclude = [] } = readJson<{ exclude?: string[] }>(`${room}/tsconfig.json`);
    const fakes = files(/\.fake\.ts$/).some((file) => file.startsWith(`${room}/`));
    expect(exclude).toEqual(expect.arrayContaining(['src/**/*.spec.ts', ...(fakes ? ['src/**/*.fake.ts'] : [])]));
  });

  test('builds after the rooms that it imports', () => {
    const { references = [] } = readJson<{ references?: { path: string }[] }>(`${room}/tsconfig.json`);
    const needed = imported(room).filter((name) => name.startsWith('@sunbeon/'));
    const missing = needed.filter((name) => !references.some(({ path }) => basename(path) === basename(name)));
    expect(missing).toEqual([]);
  });
});

test('tsconfig.json and nest-cli.json list every room, and only those', () => {
  const { references } = readJson<{ references: { path: string }[] }>('tsconfig.json');
  const { projects } = readJson<{ projects: Record<string, { root: string; type: string }> }>('nest-cli.json');
  expect(references.map(({ path }) => path).sort()).toEqual(rooms());
  expect(Object.values(projects).map(({ root }) => root).sort()).toEqual(rooms()); // prettier-ignore
  for (const { root, type } of Object.values(projects)) {
    expect(type).toBe(root.startsWith('apps/') ? 'application' : 'library');
  }
});
