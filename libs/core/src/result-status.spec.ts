import { expect, test } from '@jest/globals';
import type { ResultStatus } from './ports.js';
import { isFinal } from './result-status.js';

test('a status is final when nothing more can come', () => {
  const all: ResultStatus[] = ['queued', 'retrying', 'succeeded', 'buried', 'dropped'];
  expect(all.filter(isFinal)).toEqual(['succeeded', 'buried', 'dropped']);
});
