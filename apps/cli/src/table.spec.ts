import { expect, test } from '@jest/globals';
import { table } from './table.js';

test('columns are as wide as their widest cell, and lines have no blanks at their end', () => {
  expect(
    table(
      ['A', 'LONG HEAD'],
      [
        ['wide cell', 1],
        [null, undefined],
      ],
    ),
  ).toBe(['A          LONG HEAD', '─────────  ─────────', 'wide cell  1', '–          –'].join('\n'));
});

test('a cell is one line of at most so many characters', () => {
  expect(table(['X'], [['one\n  two three']], 9).split('\n')[2]).toBe('one two …');
  expect(table(['X'], [['123456789']], 9).split('\n')[2]).toBe('123456789');
});
