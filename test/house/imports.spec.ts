import { describe, expect, test } from '@jest/globals';
import { files, type Import, importsOf, resolveImport, roomOf, SHIPPED } from './repository.js';

const graph = files(SHIPPED).flatMap(importsOf);
const arrow = ({ from, to }: Import): string => `${from} → ${to}`;

/** Who may import which rooms; a room always may import itself. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'libs/core': [],
  'libs/kafka': ['libs/core'],
  'libs/schema': ['libs/core'],
  'libs/store': ['libs/core'],
  'libs/nest': ['libs/core'],
  'libs/notify': ['libs/core'],
  'libs/embedded': ['libs/core'],
  'libs/contracts': ['libs/core'],
  'libs/testing': [
    'libs/core',
    'libs/kafka',
    'libs/schema',
    'libs/store',
    'libs/nest',
    'libs/notify',
    'libs/embedded',
    'libs/contracts',
  ],
  'apps/producer': ['libs/core', 'libs/kafka', 'libs/schema', 'libs/store', 'libs/nest', 'libs/contracts'],
  'apps/consumer': [
    'libs/core',
    'libs/kafka',
    'libs/schema',
    'libs/store',
    'libs/nest',
    'libs/notify',
    'libs/contracts',
  ],
  'apps/console': ['libs/core', 'libs/kafka', 'libs/schema', 'libs/store', 'libs/nest', 'libs/contracts'],
  'apps/cli': ['libs/core', 'libs/kafka', 'libs/schema', 'libs/store', 'libs/nest', 'libs/contracts', 'libs/embedded'],
};

/** Cycles among files, each as the path that leads back; a type import makes none, it is gone at run time. */
function cycles(edges: readonly Import[]): string[] {
  const next = new Map<string, string[]>();
  for (const edge of edges) {
    const target = edge.typeOnly ? undefined : resolveImport(edge);
    if (target !== undefined) next.set(edge.from, [...(next.get(edge.from) ?? []), target]);
  }
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) found.push([...path.slice(path.indexOf(file)), file].join(' → '));
    if (done.has(file) || path.includes(file)) return;
    for (const target of next.get(file) ?? []) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}

describe('imports', () => {
  test('are found at all: an empty graph would pass every test below', () => {
    expect(graph.map(arrow)).toContain('libs/core/src/retry.ts → ./backoff.js');
    expect(graph.length).toBeGreaterThan(100);
  });

  test('go from room to room in the direction of the design', () => {
    const wrong = graph.filter((edge) => {
      const [from, to] = [roomOf(edge.from)!, roomOf(resolveImport(edge) ?? '')];
      return to !== undefined && to !== from && !ALLOWED[from]?.includes(to);
    });
    expect(wrong.map(arrow)).toEqual([]);
  });

  test('name other rooms by package, never by path', () => {
    const wrong = graph.filter((edge) => edge.to.startsWith('.') && roomOf(resolveImport(edge)!) !== roomOf(edge.from));
    expect(wrong.map(arrow)).toEqual([]);
  });

  test('lead to a file that is there', () => {
    const all = new Set(files(/\.(ts|mjs|json)$/));
    const wrong = graph.filter((edge) => resolveImport(edge) !== undefined && !all.has(resolveImport(edge)!));
    expect(wrong.map(arrow)).toEqual([]);
  });

  test('of core are its own and node:crypto', () => {
    const wrong = graph.filter(({ from, to }) => from.startsWith('libs/core/') && !/^(\.\/|node:crypto$)/.test(to));
    expect(wrong.map(arrow)).toEqual([]);
  });

  test('of kafkajs are in the driver only, and of its internals in patches.ts', () => {
    const driver = /^libs\/kafka\/src\/(driver\.ts|driver\/|patches\.ts)/;
    const users = graph.filter(({ to }) => /^kafkajs(\/|$)/.test(to));
    expect(users.filter(({ from }) => !driver.test(from)).map(arrow)).toEqual([]);
    expect(users).not.toEqual([]);
  });

  test('never go to an app', () => {
    const wrong = graph.filter(({ to }) => /^(sunbeon|@sunbeon\/(producer|consumer|console))(\/|$)/.test(to));
    expect(wrong.map(arrow)).toEqual([]);
  });

  test('make no cycle', () => {
    expect(cycles(graph)).toEqual([]);
  });

  test('that make a cycle are found', () => {
    const edge = (from: string, to: string, typeOnly = false): Import => ({
      from: `libs/x/src/${from}.ts`,
      to: `./${to}.js`,
      typeOnly,
    });
    expect(cycles([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')])).toEqual([
      'libs/x/src/b.ts → libs/x/src/c.ts → libs/x/src/b.ts',
    ]);
    expect(cycles([edge('a', 'b'), edge('b', 'a', true)])).toEqual([]);
  });
});
