import { expect, test } from '@jest/globals';
import { files } from '../../house/repository.js';
import { blocksOf, unmarked } from '../../docs/blocks.js';
import { runShellBlocks } from '../../docs/shell.js';
import { runBlocks } from '../../docs/typescript.js';

const pages = files(/^docs\/guide\/.*\.md$/).map((page) => ({ page, blocks: blocksOf(page) }));
const withBlocks = (wanted: string) =>
  pages
    .map(({ page, blocks }) => ({
      page,
      blocks: blocks.filter(({ run, check, language }) => (run || check) && language === wanted),
    }))
    .filter(({ blocks }) => blocks.length > 0);

test('each block of the guide is run, or says why not', () => {
  expect(pages.map(({ page }) => page)).toContain('docs/guide/getting-started.md');
  expect(pages.flatMap(({ blocks }) => unmarked(blocks))).toEqual([]);
});

test.each(withBlocks('ts'))(
  '$page: the TypeScript compiles and does what it says',
  async ({ page, blocks }) => {
    await runBlocks(page, blocks);
  },
  60_000,
);

test.each(withBlocks('sh'))(
  '$page: the commands print what the page shows',
  async ({ blocks }) => {
    await runShellBlocks(blocks);
  },
  120_000,
);
