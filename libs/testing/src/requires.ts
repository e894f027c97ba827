import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from '@jest/globals';

type Test = (name: string, run: () => Promise<void> | void, timeoutMs?: number) => void;

/**
 * `test` for a test that needs a program which a user's machine may not have: without it the test is skipped, and a line says how
 * to get it. Under `CI=true` it fails instead, so that a skipped test is not taken for a passed one.
 * @param program looked up in PATH
 * @param howToGet a command, for example `apt-get install kcat`
 */
export function requires(program: string, howToGet: string): Test {
  if (isOnPath(program)) return test;
  const advice = `${program} is missing. Get it: ${howToGet}`;
  if (isCi()) return (name) => test(name, () => Promise.reject(new Error(advice)));
  // eslint-disable-next-line no-restricted-syntax -- a skipped test has no event to emit, and the person at the terminal must know
  process.stderr.write(`skipped: ${advice}\n`);
  return test.skip;
}

function isCi(): boolean {
  return ['true', '1'].includes(process.env['CI'] ?? '');
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
