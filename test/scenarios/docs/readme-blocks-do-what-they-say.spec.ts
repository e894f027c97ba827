import { expect, test } from '@jest/globals';
import { blocksOf, unmarked } from '../../docs/blocks.js';
import { runShellBlocks } from '../../docs/shell.js';
import { runBlocks } from '../../docs/typescript.js';

const blocks = blocksOf('README.md');

test('each block is run or says why not, and the first one shows contract, handler and enqueue in 15 lines', () => {
  expect(unmarked(blocks)).toEqual([]);
  expect(blocks[0]).toMatchObject({ language: 'ts', run: true });
  expect(blocks[0]!.code.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
});

test('the TypeScript compiles and does what it says', async () => {
  await runBlocks('README.md', blocks.filter(({ run, check }) => run || check).filter(({ language }) => language === 'ts')); // prettier-ignore
}, 60_000);

test('the commands print what the page shows', async () => {
  await runShellBlocks(blocks.filter(({ run, language }) => run && language === 'sh'));
}, 60_000);
