import { describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { ERROR_CODES } from '@sunbeon/core';
import { HEADER } from '@sunbeon/core/headers';
import { files, read, ROOT, SHIPPED } from './repository.js';

/** The first cells of a section's table, where they are code: `| `NAME` | … |`. */
function rows(page: string, heading: string): string[][] {
  const section = page.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const lines = [...section.matchAll(/^\| `[^|]*\|.*\|$/gm)].map(([line]) => line);
  return lines.map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

const names = (table: readonly string[][]): string[] => table.map(([name]) => name!.replaceAll('`', ''));
const sorted = (list: Iterable<string>): string[] => [...list].sort();

describe('docs/reference/errors.md', () => {
  const page = read('docs/reference/errors.md');
  const table = rows(page, 'Codes');

  test("has each code of the house once, in the code's order, with what to do", () => {
    expect(names(table)).toEqual(Object.keys(ERROR_CODES));
    for (const cells of table) expect([cells.length, cells.every((cell) => cell !== '')]).toEqual([5, true]);
  });

  test('says rightly which can be tried again', () => {
    const said = Object.fromEntries(table.map(([name, retriable]) => [name!.replaceAll('`', ''), retriable === 'yes']));
    expect(said).toEqual(
      Object.fromEntries(Object.entries(ERROR_CODES).map(([code, { retriable }]) => [code, retriable])),
    );
  });

  test('has each code of the embedded services', () => {
    const union = /type EmbeddedErrorCode =([^;]*);/.exec(read('libs/embedded/src/errors.ts'))![1]!;
    expect(sorted(names(rows(page, 'Embedded services')))).toEqual(
      sorted([...union.matchAll(/'(\w+)'/g)].map(([, code]) => code!)),
    );
  });

  test('has each code of the HTTP door, with its status', () => {
    const codes = /HTTP_CODES = \{([^}]*)\}/.exec(read('apps/producer/src/problem.ts'))![1]!;
    const declared = [...codes.matchAll(/(\w+): (\d+)/g)].map(([, code, status]) => [code, status]);
    const said = rows(page, 'HTTP').map(([code, status]) => [code!.replaceAll('`', ''), status]);
    expect(said.sort()).toEqual(declared.sort());
  });

  test('lists no code that nothing throws', () => {
    const source = files(SHIPPED)
      .filter((file) => file !== 'libs/core/src/errors.ts')
      .map(read)
      .join('\n');
    const unused = Object.keys(ERROR_CODES).filter(
      (code) => code !== 'HANDLER_FAILED' && !source.includes(`'${code}'`),
    );
    expect(unused).toEqual([]);
  });
});

describe('docs/reference/headers.md', () => {
  const table = ['CloudEvents', 'Trace context', 'Sunbeon', 'Buried records'].flatMap((heading) =>
    rows(read('docs/reference/headers.md'), heading),
  );

  test('has each header once, with who writes it, who reads it, its format and its source', () => {
    expect(sorted(names(table))).toEqual(sorted(Object.values(HEADER)));
    for (const cells of table)
      expect([cells[0], cells.length, cells.every((cell) => cell !== '')]).toEqual([cells[0], 5, true]);
  });
});

describe('links between pages', () => {
  const pages = files(/\.md$/);
  const links = pages.flatMap((page) => {
    const text = read(page).replace(/^```.*?^```/gms, '');
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => ({ page, link: link! }));
  });

  test('lead somewhere', () => {
    const dead = links.filter(({ page, link }) => {
      const [path] = link.split('#');
      return !/^[a-z]+:/.test(link) && path !== '' && !existsSync(join(ROOT, normalize(join(dirname(page), path!))));
    });
    expect(dead).toEqual([]);
  });

  test('lead to a heading that is there', () => {
    const anchors = (file: string): string[] =>
      [...read(file).matchAll(/^#+ (.+)$/gm)].map(([, title]) => title!.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-')); // prettier-ignore
    const dead = links.filter(({ page, link }) => {
      const [path, anchor] = link.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), path!));
      return (
        anchor !== undefined &&
        target.endsWith('.md') &&
        existsSync(join(ROOT, target)) &&
        !anchors(target).includes(anchor)
      );
    });
    expect(dead).toEqual([]);
  });
});
