import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { firstOwnFrame } from './stack-frame.js';

const HOUSE = 'file:///srv/app/libs/';
const of = (...frames: string[]): string =>
  firstOwnFrame(['Error: no', ...frames.map((frame) => `    at ${frame}`)].join('\n'), 'no', HOUSE);

describe('the first own frame', () => {
  test.each([
    ['a function', 'resize (file:///srv/app/apps/consumer/dist/resize.js:12:3)', 'resize resize'],
    ['a method', 'async Images.resize (file:///srv/app/dist/images.js:12:3)', 'images Images.resize'],
    ['a constructor', 'new Image (/srv/app/dist/image.cjs:1:2)', 'image new Image'],
    ['an alias', 'Object.go [as resize] (/srv/app/a.mjs:1:2)', 'a Object.go'],
    ['no function', 'file:///srv/app/dist/main.js:7:9', 'main'],
    ['no function, awaited', 'async /srv/app/dist/main.js:7:9', 'main'],
    ['a source map’s', 'resize (/srv/app/src/resize.tsx:12:3)', 'resize resize'],
    ['Windows’', 'resize (C:\\app\\resize.js:1:2)', 'resize resize'],
    ['Windows’, a module’s', 'resize (file:///C:/app/resize.js:1:2)', 'resize resize'],
    ['a folder with a bracket', 'resize (/srv/app (old)/resize.js:1:2)', 'resize resize'],
    ['of the team’s contracts', 'f (file:///srv/app/libs/contracts/dist/image.js:1:2)', 'image f'],
    ['of a lib that is not ours', 'f (file:///srv/app/libs/pictures/dist/image.js:1:2)', 'image f'],
    ['of another libs/core', 'f (/srv/other/libs/core/src/image.js:1:2)', 'image f'],
  ])('is %s', (_what, frame, expected) => {
    expect(of(frame)).toBe(expected);
  });

  test.each([
    'readFileSync (node:fs:441:20)',
    'node:internal/process/task_queues:105:5',
    'Array.map (<anonymous>)',
    'async Promise.all (index 0)',
    'JSON.parse (<anonymous>)',
    'new Promise (native)',
    'f (wasm://wasm/0001:1:2)',
    'eval (eval at run (/srv/app/a.js:1:1), <anonymous>:1:1)',
    'get (/srv/app/node_modules/axios/index.js:1:2)',
    'run (file:///srv/app/libs/core/dist/run.js:1:2)',
    'decode (/srv/app/libs/schema/src/json-codec.ts:1:2)',
  ])('is not %s', (frame) => {
    expect(of(frame)).toBe('');
    expect(of(frame, 'mine (/srv/app/mine.js:1:1)', 'deeper (/srv/app/deeper.js:1:1)')).toBe('mine mine');
  });

  test('is none of the message’s', () => {
    const message = 'no\n    at liar (/srv/app/liar.js:1:1)';
    const stack = `Error: ${message}\n    at mine (/srv/app/mine.js:1:1)`;
    expect(firstOwnFrame(stack, message, HOUSE)).toBe('mine mine');
  });

  test('of a real error is its file and function, on any machine and line', () => {
    const thrower = (): string => new Error('x').stack!;
    const here = firstOwnFrame(thrower(), 'x', HOUSE);
    expect(here).toBe('stack-frame.spec thrower');
    const moved = thrower()
      .replaceAll(/(?:file:\/\/)?\/[^\s)]*\//g, '/elsewhere/')
      .replaceAll(/:\d+:\d+/g, ':1:1');
    expect(firstOwnFrame(moved, 'x', HOUSE)).toBe(here);
  });

  test('of Sunbeon is none, wherever it is installed', () => {
    expect(firstOwnFrame(new Error('x').stack!, 'x')).toBe(''); // this file lies in core
  });

  test('is found in any text, however long', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(3_000), (a, b, times) => {
        const stack = `    at ${a}${b}\n`.repeat(times) + '(['.repeat(times);
        return typeof firstOwnFrame(stack, b, HOUSE) === 'string';
      }),
    );
  });
});
