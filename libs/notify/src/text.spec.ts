import { describe, expect, test } from '@jest/globals';
import { alertOf } from './alert.fake.js';
import { bodyOf } from './payload.js';
import { detailsOf, lineOf, titleOf } from './text.js';

const paused = { contract: '', done: 'paused', error: { code: 'QUEUE_PAUSED', name: 'QUEUE_PAUSED', message: '60 % failed' } } as const; // prettier-ignore

describe('an alert in one line', () => {
  test.each([
    [{}, 'math.add buried: HANDLER_FAILED TypeError: no'],
    [{ count: 999, done: 'retry' }, '999 × math.add failed, will be tried again: HANDLER_FAILED TypeError: no'],
    [
      { done: 'ignore', error: { code: 'EXPIRED', name: 'EXPIRED', message: 'late' } },
      'math.add failed, ignored: EXPIRED late',
    ],
    [{ contract: '' }, 'an unreadable record buried: HANDLER_FAILED TypeError: no'],
    [
      { kinds: 37, count: 5_210 },
      '37 more kinds of failures, 5210 in all; the gravest: math.add: HANDLER_FAILED TypeError: no',
    ],
    [paused, 'queue math paused: 60 % failed'],
    [
      { error: { code: 'X', name: 'X', message: 'a\r\nBcc: all@example.org\u001b[31m\u202e\ud800' } },
      'math.add buried: X a Bcc: all@example.org [31m \ufffd',
    ],
  ] as const)('of %j', (changes, line) => {
    expect(lineOf(alertOf(changes))).toBe(line);
  });

  test('says how many more there are', () => {
    expect(titleOf([alertOf(paused), alertOf(), alertOf()])).toBe('queue math paused: 60 % failed (and 2 more)');
  });
});

describe('an alert’s details', () => {
  test('are what a person needs who goes and looks', () => {
    expect(detailsOf(alertOf({ count: 5, total: 6, lastMs: 1_000 }))).toEqual([
      'when: 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z (6 since it was first seen)',
      'queue: math, group: math',
      'example: id-1 at math/0/7, attempt 3',
      'look: sunbeon dlq ls --fingerprint abcdefabcdef',
    ]);
  });

  test.each([
    [{ done: 'bury' }, 'look: sunbeon dlq ls --fingerprint abcdefabcdef'],
    [{ done: 'retry' }, 'kind: abcdefabcdef'],
    [paused, 'go on with: sunbeon queue resume math'],
    [{ fingerprint: '' }, 'example: id-1 at math/0/7, attempt 3'],
    [{ done: 'resumed' }, 'example: id-1 at math/0/7, attempt 3'],
  ] as const)('of %j end in what to do next', (changes, last) => {
    expect(detailsOf(alertOf(changes)).at(-1)).toBe(last);
  });
});

describe('for a chat', () => {
  test('nobody is called by an error’s message', () => {
    const error = { code: 'X', name: 'X', message: '<!channel> @here & <https://evil.example|a link>' };
    const { text } = JSON.parse(bodyOf([alertOf({ error })], 'slack', { channel: 'ops', atMs: 0 })) as { text: string };
    expect(text.split('\n')[0]).toBe(
      'math.add buried: X &lt;!channel&gt; @\u200bhere &amp; &lt;https://evil.example|a link&gt;',
    );
  });
});
