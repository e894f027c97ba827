import { describe, expect, test } from '@jest/globals';
import { parseHistory } from './history.js';

describe('parseHistory', () => {
  const line = JSON.stringify({ t: 1, at: 1, pid: 1, kind: 'said', text: 'x' });

  test('drops a last line that a kill has torn', () => {
    expect(parseHistory(`${line}\n${line.slice(0, 9)}`)).toHaveLength(1);
  });

  test('refuses a line that is broken otherwise', () => {
    expect(() => parseHistory(`${line.slice(0, 9)}\n${line}\n`)).toThrow('Line 1 of a history is broken');
    expect(() => parseHistory(`${line}\n${line.slice(0, 9)}\n`)).toThrow('Line 2');
  });
});
