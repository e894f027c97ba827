import { describe, expect, test } from '@jest/globals';
import { asPattern, blocksOf, normal, unmarked } from '../docs/blocks.js';

describe('output that a page shows', () => {
  const shown = asPattern('{ "id": "01a1fc82-a48a-755f-9c51-3892d9d28907", "sum": 5, "error": {…} }');

  test('fits with another id, other spaces and something for the ellipsis', () => {
    expect(normal('{"id":"11111111-a48a-755f-9c51-3892d9d28907",\n"sum":5,"error":{"code":"X"}}')).toMatch(shown);
  });

  test('does not fit with another value', () => {
    expect(normal('{"id":"11111111-a48a-755f-9c51-3892d9d28907","sum":6,"error":{}}')).not.toMatch(shown);
  });
});

describe('blocks of a page', () => {
  const blocks = blocksOf('docs/guide/getting-started.md');

  test('are found, with their marks and the output below them', () => {
    expect(blocks.find(({ code }) => code.startsWith('npm start'))).toMatchObject({ run: false });
    expect(blocks.find(({ file }) => file === 'contracts')).toMatchObject({ run: true, language: 'ts' });
    expect(blocks.find(({ code }) => code.startsWith('npx sunbeon result'))?.output).toMatch(/^id /);
  });

  test('that neither are run nor say why are found too', () => {
    expect(unmarked(blocks)).toEqual([]);
    const bare = blocks.map((block) => ({ ...block, run: false, notRun: undefined }));
    expect(unmarked(bare).length).toBeGreaterThan(10);
  });
});
